// A piece of script that did not come: the node may be away for a moment. After some tries the page
// says that it is broken; a reload then gets what a newer build has.
const pause_ms = 1_000;
const tries_max = 10;

export async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; ++tries) {
    try {
      return await load();
    } catch (error) {
      if (tries === tries_max) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause_ms));
    }
  }
}
