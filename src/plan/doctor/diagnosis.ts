/** What was found of one thing that svft can use. */
export interface Diagnosis {
  readonly name: string
  /** `absent` is what is not here and not needed; `wrong` is what is here and does not work as it should. */
  readonly status: 'ok' | 'absent' | 'wrong'
  /** Whether svft cannot work while this is wrong. */
  readonly needed?: true
  readonly says: string
  /** What to type or to set. */
  readonly mend?: string
  /** The same in numbers. */
  readonly found?: Readonly<Record<string, string | number | boolean>>
}
