/** An engine whose libraries svft installs. */
export interface Installer {
  readonly name: 'openvino' | 'tensorflow'
  /** The flags of `svft engine install` that it takes, besides --force. */
  readonly flags: readonly (keyof InstallFlags)[]
  /** The reason why it would not work on this machine, installed or not. */
  readonly unsupported: () => string | undefined
  /** The installed engine, whoever installed it. */
  readonly find: () => InstalledEngine | undefined
  readonly install: (options: InstallOptions) => Promise<void>
}

export interface InstallFlags {
  readonly gpu?: boolean | undefined
  /** The folder of an installed Python package to use. */
  readonly from?: string | undefined
}

export interface InstallOptions extends InstallFlags {
  readonly signal: AbortSignal
  readonly onBytes?: ((done: number, total: number) => void) | undefined
  /** Called with the current activity, and with the reasons for waits. */
  readonly note: (text: string) => void
}

export interface InstalledEngine {
  /** The version; undefined if it is known only when loaded. */
  readonly version?: string | undefined
  readonly folder: string
  /** Where it comes from, in words: `the cache of svft`. */
  readonly origin: string
}
