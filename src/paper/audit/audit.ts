import {printedCount} from '../printed-counts.ts'
import type {PaperVersion} from '../rows.ts'
import {publishedScore} from '../score-parts.ts'
import {PAPER_VERSIONS, paperRows} from '../versions.ts'
import type {Claim, ClaimPart, PrintedValues} from './claim.ts'
import {PROSE_CLAIMS} from './claims.ts'
import {interpretations} from './count-interpretations.ts'
import {type Counter, openCounter} from './counts.ts'
import {auditMeans, type MeanVerdict} from './means.ts'
import {auditParams, type ParamsVerdict} from './params.ts'
import {type AccuracyVerdict, auditScores} from './scores.ts'

/** Whether a claim of the prose follows from the version's own tables. */
export interface ClaimVerdict extends ClaimPart {
  readonly claim: string
  readonly where: string
  readonly text: string
  readonly verdict: 'holds' | 'differs' | 'not checkable'
}

/** Every printed number of a version's tables and prose that can be recomputed, with its verdict. */
export interface PaperAudit {
  readonly version: PaperVersion
  readonly params: readonly ParamsVerdict[]
  readonly scores: readonly AccuracyVerdict[]
  readonly means: readonly MeanVerdict[]
  readonly claims: readonly ClaimVerdict[]
}

/** Audits versions of the paper from their printed rows and the shapes of models and adapters. Reads no weights. */
export async function auditPaper(versions: readonly PaperVersion[]): Promise<PaperAudit[]> {
  const counter = await openCounter()
  return versions.map(version => {
    const rows = paperRows(version)
    return {
      version,
      params: auditParams(rows, counter),
      scores: auditScores(rows),
      means: auditMeans(rows),
      claims: judgeClaims(version, counter),
    }
  })
}

/** Audits the claims of a version's prose alone. */
export const auditClaims = async (version: PaperVersion): Promise<ClaimVerdict[]> =>
  judgeClaims(version, await openCounter())

function judgeClaims(version: PaperVersion, counter: Counter): ClaimVerdict[] {
  const values = printedValues(version, counter)
  const own = PROSE_CLAIMS.filter(claim => claim.version === undefined || claim.version === version)
  return own.flatMap(claim => judge(claim, values))
}

const judge = ({id, where, text, parts}: Claim, values: PrintedValues): ClaimVerdict[] =>
  parts(values).map(part => ({
    claim: id,
    where,
    text,
    ...part,
    verdict: part.holds === undefined ? 'not checkable' : part.holds ? 'holds' : 'differs',
  }))

function printedValues(version: PaperVersion, counter: Counter): PrintedValues {
  const {letter} = PAPER_VERSIONS[version]
  const rows = new Map(paperRows(version).map(row => [row.cell.slice(letter.length), row]))
  const rowOf = (cell: string) => rows.get(cell) ?? absent(cell)
  return {
    version,
    score: (cell, column) => rowOf(cell).scores[column] ?? absent(`${cell} ${column}`),
    difference([a, b], column) {
      const [one, other] = [a, b].map(cell => publishedScore(rowOf(cell), column))
      return {
        points: Math.round(1e4 * (one.score - other.score)) / 100, // printed scores have two decimals
        margin: 196 * Math.sqrt(one.itemVariance + other.itemVariance),
      }
    },
    params: cell => printedCount(rowOf(cell).params),
    exact(cell) {
      const [stated] = interpretations(rowOf(cell), counter)
      return stated.count
    },
    memory: cell => rowOf(cell).memoryGb ?? absent(`${cell} memory`),
  }
}

function absent(what: string): never {
  throw new Error(`the paper prints no ${what}`)
}
