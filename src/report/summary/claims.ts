/** The entries of a suite that a claim is about. */
export interface ClaimSide {
  readonly method: string
  /** Words that the method's settings have: `banded`, `r=1`. */
  readonly settings?: readonly string[]
  readonly leastRank?: number
  /** A row or point of the paper, if the claim is about that alone. */
  readonly cell?: string
}

/** A qualitative claim of the paper, as a comparison of two sides. */
export interface ComparisonClaim {
  readonly name: string
  readonly text: string
  /** Where the paper makes it. */
  readonly source: string
  readonly side: ClaimSide
  readonly other: ClaimSide
  /**
   * `better`: the side scores higher than the other. `no worse`: by less than `MATCH_MARGIN` lower. `equal`: neither is
   * higher by `MATCH_MARGIN` or more.
   */
  readonly relation: 'better' | 'no worse' | 'equal'
  /** The share of the other's score that is compared with; default: 1. */
  readonly share?: number
  /** Whether the side must train fewer parameters than the other, as many, or as many within `SIMILAR_FACTOR`. */
  readonly budget?: 'fewer' | 'equal' | 'similar'
  /** The beginning of the names of suites that the claim is about; default: all. */
  readonly suites?: string
}

/** Scores within 2 points match: a little more than the largest gap that the paper calls competitive (1.74, DoRA r=1 in table 2). */
export const MATCH_MARGIN = 0.02

/** Similar numbers of parameters differ by this factor at most: the paper's VeRA trains up to 3.5 times as many as SVFT plain. */
export const SIMILAR_FACTOR = 4

/** How far a difference is on the claim's side of its null hypothesis; negative on the other side. */
export const excessOf = (relation: ComparisonClaim['relation'], difference: number): number =>
  ({
    better: difference,
    'no worse': difference + MATCH_MARGIN,
    equal: MATCH_MARGIN - Math.abs(difference),
  })[relation]

const svft = (...settings: readonly string[]): ClaimSide => ({method: 'svft', settings})
const rank1 = (method: string): ClaimSide => ({method, settings: ['r=1']})

/** The claims of both versions of the paper that rows of results can test. */
export const CLAIMS: readonly ComparisonClaim[] = [
  {
    name: 'plain-lora',
    text: 'SVFT plain matches LoRA of rank 1 with fewer parameters.',
    source: 'section 5.1, tables 1 and 2',
    side: svft('plain'),
    other: rank1('lora'),
    relation: 'no worse',
    budget: 'fewer',
  },
  {
    name: 'plain-dora',
    text: 'SVFT plain matches DoRA of rank 1 with fewer parameters.',
    source: 'section 5.1, tables 1 and 2',
    side: svft('plain'),
    other: rank1('dora'),
    relation: 'no worse',
    budget: 'fewer',
  },
  {
    name: 'plain-boft',
    text: 'SVFT plain matches BOFT with fewer parameters.',
    source: 'section 5.1, tables 1 and 3',
    side: svft('plain'),
    other: {method: 'boft'},
    relation: 'no worse',
    budget: 'fewer',
  },
  {
    name: 'plain-vera',
    text: 'SVFT plain scores higher than VeRA, which trains about as many parameters (within a factor of 4).',
    source: 'section 5.1, tables 1 and 2',
    side: svft('plain'),
    other: {method: 'vera'},
    relation: 'better',
    budget: 'similar',
  },
  {
    name: 'banded-lora',
    text: 'SVFT banded matches LoRA of high rank (8 or more) with fewer parameters.',
    source: 'section 5.1, table 2; section 5.2',
    side: svft('banded'),
    other: {method: 'lora', leastRank: 8},
    relation: 'no worse',
    budget: 'fewer',
  },
  {
    name: 'random-full',
    text: 'SVFT random reaches 96 % of the score of full fine-tuning on grade-school mathematics (the paper: up to 96 %).',
    source: 'abstract; section 5.1, table 1',
    side: svft('random'),
    other: {method: 'full'},
    relation: 'better',
    share: 0.96,
    suites: 'gsm8k/',
  },
  {
    name: 'banded-full',
    text: 'SVFT banded matches full fine-tuning on image classification.',
    source: 'section 5.2, table 4',
    side: svft('banded'),
    other: {method: 'full'},
    relation: 'no worse',
    budget: 'fewer',
    suites: 'vision/',
  },
  {
    name: 'banded-plain',
    text: 'Off-diagonals help: SVFT banded scores higher than SVFT plain.',
    source: 'section 5.4, table 5 (NeurIPS: 5.5, table 7)',
    side: svft('banded'),
    other: svft('plain'),
    relation: 'better',
  },
  {
    name: 'banded-random',
    text: 'Patterns: banded scores higher than random with as many parameters. ArXiv v1 finds the opposite on GSM-8K.',
    source: 'NeurIPS, section 5.5, table 7',
    side: svft('banded'),
    other: svft('random'),
    relation: 'better',
    budget: 'equal',
  },
  {
    name: 'banded-topk',
    text: 'Patterns: banded scores higher than top-k with as many parameters. ArXiv v1 finds the opposite on GSM-8K.',
    source: 'NeurIPS, section 5.5, table 7',
    side: svft('banded'),
    other: svft('topk'),
    relation: 'better',
    budget: 'equal',
  },
  {
    name: 'random-topk',
    text: 'Patterns: random scores higher than top-k with as many parameters.',
    source: 'NeurIPS, section 5.5, table 7',
    side: svft('random'),
    other: svft('topk'),
    relation: 'better',
    budget: 'equal',
  },
  {
    name: 'svf-plain',
    text: 'SVF and SVFT plain score alike.',
    source: 'NeurIPS, appendix C.1, table 9',
    side: {method: 'svf'},
    other: svft('plain'),
    relation: 'equal',
  },
  {
    name: 'modules',
    text: 'Adapting U and D scores higher than adapting Q and V with about as many parameters (Gemma-2B).',
    source: 'section 5.3, figure 4',
    side: {method: 'svft', cell: 'f4.ud.d4'},
    other: {method: 'svft', cell: 'f4.qv.d8'},
    relation: 'better',
  },
  {
    name: 'truncation',
    text: 'All singular vectors are needed: SVFT plain scores higher with all 2,048 than with the first 1,536 (Gemma-2B).',
    source: 'table 10 (NeurIPS: table 12)',
    side: {method: 'svft', cell: 't10.r2048'},
    other: {method: 'svft', cell: 't10.r1536'},
    relation: 'better',
  },
  {
    name: 'checkpoints',
    text: 'SVFT scores higher than LoRA after 39,000 and after 143,000 steps of pre-training (Pythia-2.8B).',
    source: 'section 5.5, table 6',
    side: {method: 'svft', cell: 't6.svft'},
    other: {method: 'lora', cell: 't6.lora'},
    relation: 'better',
  },
]
