import { NASA_HOSTS } from '#kit/names.ts'

/** The query to send: the client's own, without its keys, and with ours where the host asks for one. */
export function withKey(host: string, query: string, key: string): string {
  const own = withoutKeys(query)
  // Pictures need no key, and a host that needs none must not learn it.
  if (host !== NASA_HOSTS.api) return own
  return [...(own ? [own] : []), `api_key=${encodeURIComponent(key)}`].join('&')
}

/** Drops every `api_key`, in whatever case or encoding and however often it is there. */
export function withoutKeys(query: string): string {
  // However it is written, it holds one of its letters or a percent sign.
  if (query === '' || !/[k%]/i.test(query)) return query
  return query
    .split('&')
    .map((pair) => {
      // Some servers separate pairs with a semicolon too.
      const kept = pair.split(';').filter((part) => !isKey(part))
      return kept.length > 0 ? kept.join(';') : undefined
    })
    .filter((pair) => pair !== undefined && pair !== '')
    .join('&')
}

function isKey(pair: string): boolean {
  const name = decoded(pair.split('=', 1)[0] ?? '')
  // `api_key[]` and `api_key[0]` become api_key in frameworks that read lists out of queries; NUL ends a name in C; and some
  // servers take a second question mark for the first.
  return /^[\s?]*api_key\s*(\[.*|\0.*)?$/is.test(name)
}

function decoded(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
