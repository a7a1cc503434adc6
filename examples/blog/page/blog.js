// The blog's page: the list, and the events that change it. No build step: what you read is what runs.
// An event says what is so, and is applied to what is shown whatever came before it; so it does not
// matter whether a list was read before or after it happened.

const shown = new Map(); // posts by id: { article, comments by id }
const $ = (id) => document.getElementById(id);

const words = {
  pending: "This comment is awaiting moderation",
  rejected: "This comment has been rejected",
};

function showPost({ id, title }) {
  let post = shown.get(id);
  if (post) return post;
  const article = $("post").content.firstElementChild.cloneNode(true);
  article.querySelector("h2").textContent = title;
  article.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    write(event.target, `/posts/${id}/comments`, (comments) =>
      comments.forEach((comment) => showComment(id, comment)));
  });
  post = { article, comments: new Map() };
  shown.set(id, post);
  $("none").hidden = true;
  $("posts").append(article);
  return post;
}

// A comment that has been moderated is never pending again: an older answer does not undo that.
function showComment(postId, { id, content, status }) {
  const post = shown.get(postId);
  if (!post) return; // on a page of the list that has not been asked for
  let item = post.comments.get(id);
  if (!item) {
    item = document.createElement("li");
    post.comments.set(id, item);
    post.article.querySelector("ul").append(item);
  } else if (status === "pending") {
    return;
  }
  item.className = status;
  item.textContent = words[status] ?? content;
}

const changes = {
  PostCreated: (post) => {
    if ($("more").hidden) showPost(post); // else it stands at the end of a list not yet read
  },
  CommentCreated: (comment) => showComment(comment.postId, comment),
  CommentUpdated: (comment) => showComment(comment.postId, comment),
};

// ---- asking

async function ask(target, options) {
  const answer = await fetch(target, options).catch(() => {
    throw new Error("The blog can't be reached. What you wrote is still here: try again");
  });
  const body = await answer.json().catch(() => ({})); // a proxy's error is no JSON
  if (!answer.ok) {
    const why = body.errors?.map((error) => error.message).join(". ");
    throw new Error(why || `The blog can't answer now (${answer.status}): try again`);
  }
  return { body, next: /<([^>]+)>/.exec(answer.headers.get("Link") ?? "")?.[1] };
}

async function tell(action) {
  try {
    await action();
    $("notice").textContent = "";
  } catch (error) {
    $("notice").textContent = error.message;
  }
}

function write(form, target, then) {
  const body = JSON.stringify(Object.fromEntries(new FormData(form)));
  const button = form.querySelector("button");
  if (button.disabled) return; // a second click, or Enter, while the first is on its way
  button.disabled = true;
  return tell(async () => {
    const headers = { "Content-Type": "application/json" };
    const answer = await ask(target, { method: "POST", headers, body });
    form.reset();
    then(answer.body);
  }).finally(() => (button.disabled = false));
}

let read = "/posts"; // where the list goes on
async function readPosts() {
  const { body, next } = await ask(read);
  for (const post of Object.values(body)) {
    showPost(post);
    post.comments.forEach((comment) => showComment(post.id, comment));
    shown.get(post.id).article.querySelector(".rest").hidden = post.comments.length < 1000;
  }
  read = next ?? "/posts";
  $("more").hidden = !next;
  $("none").hidden = shown.size > 0;
}

$("more").addEventListener("click", () => tell(readPosts));
$("write").addEventListener("submit", (event) => {
  event.preventDefault();
  // Shown even where the list has not been read to its end: who has written a post looks for it.
  write(event.target, "/posts", (post) => showPost(post).article.scrollIntoView({ block: "nearest" }));
});

// ---- the events of the blog itself: those from outside have another name. The list is read when
// the stream is open, so nothing falls between the two; what happened while it was closed comes
// first, by the number of the last event that was seen.

const events = new EventSource("/events");
events.addEventListener("open", () => tell(readPosts), { once: true });
events.addEventListener("message", ({ data }) => {
  const event = JSON.parse(data);
  if (Object.hasOwn(changes, event.type)) changes[event.type](event.data);
});
