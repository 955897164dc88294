import {auditClaims, type ClaimVerdict} from '../paper/audit/audit.ts'
import type {PaperVersion} from '../paper/rows.ts'
import {type PlannedMemory, planPaperMemory} from '../plan/paper-memory.ts'

/** The version of the paper that a report lays out, with what svft computes about its rows and prose. */
export interface ReportedPaper {
  readonly version: PaperVersion
  /** The memory that svft plans for its rows. */
  readonly memory: readonly PlannedMemory[]
  /** The numbers of its prose, recomputed from its own tables. */
  readonly prose: readonly ClaimVerdict[]
}

/** Plans the memory of a version's rows, and recomputes the numbers of its prose. Reads no weights. */
export async function reportedPaper(version: PaperVersion): Promise<ReportedPaper> {
  return {version, memory: await planPaperMemory(version), prose: await auditClaims(version)}
}
