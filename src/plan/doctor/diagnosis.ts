/** The result of one check of the machine. */
export interface Diagnosis {
  readonly name: string
  /** `absent`: not here, and not needed; `wrong`: here, but it does not work. */
  readonly status: 'ok' | 'absent' | 'wrong'
  /** Whether svft needs it. */
  readonly needed?: true
  readonly message: string
  /** The command or the setting that helps. */
  readonly remedy?: string
  /** The result as data. */
  readonly found?: Readonly<Record<string, string | number | boolean | undefined>>
}
