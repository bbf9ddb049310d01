// The server's answer, or an error with its own sentence.

/** @typedef {Error & {status?: number}} Problem `status`: the server's, which says why in words */

/** The response, or an error with the server's own sentence. @param {Promise<Response>} asked */
export async function answered(asked) {
  const response = await asked.catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer; is 5x5 serve still running?");
  });
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw Object.assign(new Error(said.error ?? `The server answered ${response.status}.`), { status: response.status });
}
