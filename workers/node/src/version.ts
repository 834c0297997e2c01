/** What libraries print as the worker's version; they compare it with nothing. The official worker's scheme. */
export const workerVersion = '3.14.1'
