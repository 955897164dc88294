/** What was found of one thing that svft can use. */
export interface Check {
  readonly name: string
  /** `ok`; `absent`, where svft does without; `wrong`, where it cannot, or works worse than it should. */
  readonly status: 'ok' | 'absent' | 'wrong'
  readonly says: string
  /** What to type or to set. */
  readonly mend?: string
  /** The same in numbers. */
  readonly found?: Readonly<Record<string, string | number | boolean>>
}
