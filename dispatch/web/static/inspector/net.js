// Talking to the server: what is an answer, what is no net, and who is logged in.
import { forgetPerson, recall, remember } from "./store.js";

/** There was no answer: no net, too slow, or the server is not there. */
export class NoNet extends Error {}
/** Nobody is logged in any more. */
export class NoLogin extends Error {}

const SECONDS = 20;

/**
 * @param {string} path
 * @param {{method?: string, body?: unknown, form?: FormData, key?: string, csrf?: string, seconds?: number, held?: string}} [more]
 * @returns {Promise<{status: number, data: any, etag: string|null}>}
 */
export async function ask(path, { method = "GET", body, form, key, csrf, seconds = SECONDS, held } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  if (key) headers["Idempotency-Key"] = key;
  if (held) headers["If-None-Match"] = held;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1000);
  try {
    const answer = await fetch(path, { method, headers, body: form ?? (body === undefined ? undefined : JSON.stringify(body)), credentials: "same-origin", cache: "no-store", signal: stop.signal });
    const isJson = (answer.headers.get("content-type") ?? "").includes("json");
    const data = answer.status === 304 || !isJson ? null : await answer.json();
    if (answer.status === 401) throw new NoLogin();
    return { status: answer.status, data, etag: answer.headers.get("etag") };
  } catch (error) {
    if (error instanceof NoLogin) throw error;
    throw new NoNet(String(error));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Who is logged in now, asked of the server and kept for when there is no net. Another person than
 * last time: what the phone held of the last one's tasks is forgotten.
 */
export async function session() {
  const { status, data } = await ask("/inspector/pack/session");
  if (status === 403) throw new NoLogin();
  if (status !== 200) throw new NoNet(`session: ${status}`);
  const before = await recall("session");
  if (before && before.id !== data.id) await forgetPerson(before.id);
  await remember("session", data);
  return data;
}

/** Who was logged in last on this phone, as far as it knows. */
export const known = () => recall("session");
