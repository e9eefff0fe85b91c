/** The clients that are the same but for the stack they ask with: got, node:https, fetch, HTTP/2. */
export const UNPINNED = ['unpinned', 'https-unpinned', 'fetch-unpinned', 'http2-unpinned'] as const
export const PINNED_KEY = ['pinned-key', 'https-pinned-key', 'fetch-pinned-key', 'http2-pinned-key'] as const
