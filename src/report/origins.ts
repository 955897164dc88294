/** What is at hand of that which made rows: their recipes, and svft's own commits. */
export interface RowOrigins {
  /** The file of each recipe that svft finds by its name, as a command takes it. */
  readonly files: ReadonlyMap<string, string>
  /** What svft's own repository lacks: commits, and recipe files in commits, `7036c25cc5a1:configs/own.yaml`. */
  readonly absent: ReadonlySet<string>
}
