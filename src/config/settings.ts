import { randomUUID } from 'node:crypto'
import Conf from 'conf'

/** Settings of one node, `config.json` in its home. */
export interface HomeSettings {
  /** Whom the rewards of this node go to: a UUID4 without dashes. */
  readonly identity: string
  /** Whether the node has a chain, so that a store without one has lost it. */
  begun: boolean
}

/** Opens a home's settings; a new home gets an identity. */
export function openHomeSettings(folder: string): HomeSettings {
  const conf = new Conf<{ identity: string; begun: boolean }>({ cwd: folder, configName: 'config', projectSuffix: '' })
  if (!conf.has('identity')) conf.set('identity', newIdentity())
  return {
    identity: conf.get('identity'),
    get begun() {
      return conf.get('begun', false)
    },
    set begun(begun) {
      conf.set('begun', begun)
    },
  }
}

/** The identity with which this machine's user pays where the node has none of its own to lend: on a plain Python node. */
export function walletIdentity(folder: string): string {
  const conf = new Conf<{ identity: string }>({ cwd: folder, configName: 'tutorial', projectSuffix: '' })
  if (!conf.has('identity')) conf.set('identity', newIdentity())
  return conf.get('identity')
}

/** Which home a command takes when none is named and none is running. */
export function openLastHome(data: string): {
  get(): { network: string; name: string } | undefined
  set(home: { network: string; name: string }): void
} {
  const conf = new Conf<{ lastHome: { network: string; name: string } }>({
    cwd: data,
    configName: 'config',
    projectSuffix: '',
  })
  return { get: () => conf.get('lastHome'), set: (home) => conf.set('lastHome', home) }
}

function newIdentity(): string {
  return randomUUID().replaceAll('-', '')
}
