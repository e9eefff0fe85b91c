import { HOSTS } from '#kit/names.ts'
import type { Attack } from '../attack.ts'
import { glance, look } from '../story.ts'

export default {
  title: 'Nobody attacks, and between two looks the app asks a host over HTTP/2 that answers for itself alone.',
  family: 'control',
  holds: 'other-certificate',
  needs: ['unpinned-requests', 'http2'],
  stoppedBy: [],
  present: 'relay',
  elsewhere: async (_host, forger) => ({ ...(await forger.ownSite()), http2: { origins: [HOSTS.evil] } }),
  genuine: 'http2',
  story: [look('relays'), glance('elsewhere', 'relays'), glance('elsewhere', 'relays'), look('relays')],
  references: [],
} satisfies Attack
