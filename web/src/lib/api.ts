// The one way to the server. Every failure is one of two errors: ApiError (the server answered) and
// Unreachable (it did not, so whether a command happened is not known).
import { actsFor } from './actsFor';
import type { ErrorEntry } from './schema';
import { texts } from './texts';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly errors: ErrorEntry[],
    readonly retryAfterMs: number | null,
    readonly currentVersion: number | null, // of a 412: the version there is now
  ) {
    super(errors[0]?.message ?? texts.errors.unknown);
    this.name = 'ApiError';
  }
}

export class Unreachable extends Error {
  constructor() {
    super(texts.errors.unreachable);
    this.name = 'Unreachable';
  }
}

/** The server could not do it now; asking again may help. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof Unreachable ||
    (error instanceof ApiError && (error.status >= 500 || error.status === 429))
  );
}

export function hasStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/**
 * Whether the server said this. `code` is the stable name of an error; a server that sends none (the
 * course profile) is understood by its status alone.
 */
export function isRefusal(error: unknown, code: string, status: number): error is ApiError {
  if (!hasStatus(error, status)) return false;
  const codes = error.errors.map((entry) => entry.code).filter((each) => each !== undefined);
  return codes.length === 0 || codes.includes(code);
}

/** The write was based on a version that is not the newest any more. */
export const isStale = (error: unknown): error is ApiError => isRefusal(error, 'stale_version', 412);

/** What a person is told, one entry for each thing that is wrong. */
export function errorEntries(error: unknown): ErrorEntry[] {
  if (error instanceof ApiError) return error.errors;
  return [{ message: error instanceof Error ? error.message : texts.errors.unknown }];
}

export interface Answer<T> {
  data: T;
  next: string | null; // the cursor of Link: <...>; rel="next"
}

export interface Options {
  body?: unknown;
  idempotencyKey?: string;
  ifMatch?: number;
  bearer?: string;
  own?: boolean; // it reads what is the signed-in user's own
  actsFor?: string | null; // a user's id; whoever is shown as signed in, unless it says otherwise
  fresh?: boolean; // past the browser's cache: the answer says how much time is left
  signal?: AbortSignal;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

const answer_ms_max = 30_000;

let shown: string | null = null; // the user whom this page shows as signed in
let doubt: () => void = () => undefined;

/** Says as whom this page shows itself: nothing is asked for in another's name. */
export function actAs(user: string | null): void {
  shown = user;
}

/** Calls `look` when the server refuses this page's user: the session may be another's by now. */
export function onDoubt(look: () => void): () => void {
  doubt = look;
  return () => (doubt = () => undefined);
}

export async function send<T>(method: Method, path: string, options: Options = {}): Promise<Answer<T>> {
  const isPrivate = options.own ?? method !== 'GET';
  const headers = new Headers({
    Accept: 'application/json',
    ...(isPrivate ? actsFor(options.actsFor === undefined ? shown : options.actsFor) : {}),
  });
  if (options.body !== undefined) headers.set('Content-Type', 'application/json');
  if (options.idempotencyKey) headers.set('Idempotency-Key', options.idempotencyKey);
  if (options.ifMatch !== undefined) headers.set('If-Match', `"${options.ifMatch}"`);
  if (options.bearer) headers.set('Authorization', `Bearer ${options.bearer}`);

  const init: RequestInit = { method, headers };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.fresh) init.cache = 'no-store';
  const timeUp = new AbortController();
  const timer = setTimeout(() => timeUp.abort(), answer_ms_max);
  const giveUp = () => timeUp.abort();
  options.signal?.addEventListener('abort', giveUp);
  init.signal = timeUp.signal;

  let response: Response;
  let text: string;
  try {
    response = await fetch(path, init);
    text = await response.text();
  } catch (error) {
    if (options.signal?.aborted) throw error; // the caller wanted that
    throw new Unreachable();
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', giveUp);
  }

  const body = parse(text);
  if (response.status === 401 && isPrivate && !options.bearer) doubt();
  if (!response.ok) throw apiError(response, body);
  return { data: body as T, next: nextCursor(response.headers.get('Link')) };
}

// A proxy in front of the node may answer with a page of its own: no JSON, no list of errors.
function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function apiError(response: Response, body: unknown): ApiError {
  const { errors, version } = (body ?? {}) as { errors?: ErrorEntry[]; version?: number };
  const entries =
    Array.isArray(errors) && errors.length > 0
      ? errors
      : [{ message: response.status >= 500 ? texts.errors.busy : texts.errors.unknown }];
  const retryAfter = Number(response.headers.get('Retry-After'));
  return new ApiError(
    response.status,
    entries,
    retryAfter > 0 ? retryAfter * 1000 : null,
    typeof version === 'number' ? version : null,
  );
}

export function nextCursor(link: string | null): string | null {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1];
  return target ? new URL(target, 'http://any').searchParams.get('after') : null;
}

// ---- commands: tried again by themselves, always as the same request

const retry_wait_ms = [400, 1_000, 2_000, 4_000];

export interface Outcome<T> {
  data: T;
  repeated: boolean; // an earlier try of the same request may have been carried out
}

/**
 * Sends a command until the answer is definite, or gives up after some seconds. Safe because a
 * repeat is the same request: POST carries its Idempotency-Key, PUT and DELETE their If-Match.
 */
export async function command<T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  options: Options,
): Promise<Outcome<T>> {
  const asNow = { actsFor: shown, ...options }; // also when somebody else signs in between two tries
  for (let tries = 0; ; ++tries) {
    try {
      const { data } = await send<T>(method, path, asNow);
      return { data, repeated: tries > 0 };
    } catch (error) {
      const wait = retry_wait_ms[tries];
      if (wait === undefined || !isTransient(error)) {
        if (tries > 0 && error instanceof ApiError) throw Object.assign(error, { repeated: true });
        throw error;
      }
      const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
      await pause(Math.max(wait * (0.75 + Math.random() / 2), Math.min(asked, 5_000)));
    }
  }
}

/** The error came after an earlier try whose answer was lost, so that one may have been done. */
export function mayHaveHappened(error: unknown): boolean {
  return error instanceof ApiError && (error as { repeated?: boolean }).repeated === true;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
