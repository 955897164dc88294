/** Which recipes and commits behind the rows are available here. */
export interface RowOrigins {
  /** The file of each recipe that svft finds by its name, as a command takes it. */
  readonly files: ReadonlyMap<string, string>
  /** What svft's own repository lacks: commits, and recipe files in commits, `7036c25cc5a1:configs/own.yaml`. */
  readonly absent: ReadonlySet<string>
}
