import type { OpenClient, PinnedHost } from './client.ts'

/**
 * A client that is opened anew with new pins: what was agreed on under the old ones ends with them, connections and
 * sessions alike.
 */
export function renewable(
  pins: readonly PinnedHost[],
  open: (pins: readonly PinnedHost[]) => OpenClient,
): Pick<Required<OpenClient>, 'get' | 'renewPins' | 'close'> {
  let pinned = open(pins)
  return {
    get: (path, headers) => pinned.get(path, headers),
    renewPins: async (renewed) => {
      await pinned.close()
      pinned = open(renewed)
    },
    close: () => pinned.close(),
  }
}
