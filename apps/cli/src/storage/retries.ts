/** Somebody waits at the terminal: what does not answer is said soon. */

/** Of the clients of blobs and queues. */
export const fewTries = { retryOptions: { maxTries: 2, retryDelayInMs: 200 } }

/** Of the clients of tables, whose connection strings say which protocol they want. */
export const fewTableTries = {
  retryOptions: { maxRetries: 1, retryDelayInMs: 200 },
  allowInsecureConnection: true,
}
