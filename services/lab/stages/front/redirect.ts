import { HOSTS } from '#kit/names.ts'

/** Leads every request elsewhere, once: one that has the mark in its query was led already. */
export interface Redirect {
  /** 307 and 308 keep method and body (RFC 9110 section 15.4). */
  readonly status: 301 | 302 | 307 | 308
  /**
   * `same-host`: the origin it was asked under. `clear`: that one without TLS. `elsewhere`: a host of the attacker's.
   * `there-and-back`: that host too, and whoever then comes under its name is led to the genuine one.
   */
  readonly to: 'same-host' | 'clear' | 'elsewhere' | 'there-and-back'
}

/** Away, to an absolute address; or on, to a path. */
export type Way = (Pick<Redirect, 'status'> & { readonly location: string }) | { readonly path: string }

const MARK = 'moved=1'

/**
 * @param host as in the Host header, with the port if there is one
 * @param home the genuine host's name
 */
export function wayOf(path: string, host: string, { status, to, home }: Redirect & { readonly home: string }): Way {
  const port = /:\d+$/.exec(host)?.[0] ?? ''
  // As servers do that know one name of theirs; the mark stays, so that this is the end of it.
  if (to === 'there-and-back' && host === `${HOSTS.evil}${port}`) {
    return { status, location: `https://${home}${port}${path}` }
  }
  const [before, ...rest] = path.split('?')
  const parts = rest.join('?').split('&')
  const others = parts.filter((part) => part !== MARK)
  if (others.length < parts.length) return { path: others.length > 0 ? `${before}?${others.join('&')}` : `${before}` }
  // An address in place of a path is for forward proxies, and `*` is no path at all: there is nothing to lead on to.
  if (!path.startsWith('/')) return { path }
  return { status, location: `${originOf(to, host)}${path}${path.includes('?') ? '&' : '?'}${MARK}` }
}

function originOf(to: Redirect['to'], host: string): string {
  if (to === 'same-host') return `https://${host}`
  if (to === 'clear') return `http://${host}`
  return `https://${HOSTS.evil}${/:\d+$/.exec(host)?.[0] ?? ''}`
}
