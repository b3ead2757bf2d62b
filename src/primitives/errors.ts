/** What is stored is not what was written, or not all of it is there. */
export class StoreDamaged extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(what, options)
    this.name = 'StoreDamaged'
  }
}

/** The store took none of a change: the disk is full, or may not be written to. */
export class StoreUnwritable extends Error {
  /** Whether it is a matter of rights, and not of room. */
  readonly isForbidden: boolean

  constructor(what: string, { isForbidden = false, ...options }: ErrorOptions & { isForbidden?: boolean } = {}) {
    super(what, options)
    this.name = 'StoreUnwritable'
    this.isForbidden = isForbidden
  }
}

/** Another process has the store open. */
export class StoreLocked extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'StoreLocked'
  }
}

/** A file of settings does not hold what is known of nowhere else. */
export class SettingsDamaged extends Error {
  /** What helps where there is no copy of the file. */
  readonly rescue: string

  constructor(what: string, rescue: string) {
    super(what)
    this.name = 'SettingsDamaged'
    this.rescue = rescue
  }
}

/** The definition of a network of one's own cannot be understood. */
export class DefinitionDamaged extends Error {
  /** Undefined where it is a file of somebody else, which is not kept. */
  readonly network: string | undefined

  constructor(network: string | undefined, what: string) {
    super(what)
    this.name = 'DefinitionDamaged'
    this.network = network
  }
}

/** Of the user of this process no folder is known in which something of his could be kept. */
export class HomelessUser extends Error {
  constructor() {
    super('you have no home folder in which nodes could be kept')
    this.name = 'HomelessUser'
  }
}
