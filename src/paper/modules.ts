import type {Profile} from './conflicts.ts'

const DECODER = {
  Q: 'self_attn.q_proj',
  K: 'self_attn.k_proj',
  V: 'self_attn.v_proj',
  O: 'self_attn.o_proj',
  G: 'mlp.gate_proj',
  U: 'mlp.up_proj',
  D: 'mlp.down_proj',
}

const BERT = {
  Q: 'attention.self.query',
  K: 'attention.self.key',
  V: 'attention.self.value',
  O: 'attention.output.dense',
  U: 'intermediate.dense',
  D: 'output.dense',
}

/** The linear layers of a block by the letters that the paper gives them, for each `model_type`; Pythia has Q, K, V in one. */
const LINEARS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  llama: DECODER,
  gemma: DECODER,
  gpt_neox: {
    QKV: 'attention.query_key_value',
    O: 'attention.dense',
    U: 'mlp.dense_h_to_4h',
    D: 'mlp.dense_4h_to_h',
  },
  bert: BERT,
  'deberta-v2': {
    ...BERT,
    Q: 'attention.self.query_proj',
    K: 'attention.self.key_proj',
    V: 'attention.self.value_proj',
  },
  vit: {...BERT, Q: 'attention.attention.query', K: 'attention.attention.key', V: 'attention.attention.value'},
}

/** The ends of the paths of a block's linear layers, by letter: together they hit these and nothing else. */
export const linearsOf = (modelType: string): Readonly<Record<string, string>> =>
  Object.hasOwn(LINEARS, modelType) ? LINEARS[modelType] : {}

/** The letter of the linear layer at `path`: of ends that fit, as output.dense and attention.output.dense, the longest. */
export function letterAt(path: string, modelType: string): string | undefined {
  const fitting = Object.entries(linearsOf(modelType)).filter(([, end]) => path.endsWith(`.${end}`))
  return fitting.sort(([, a], [, b]) => b.length - a.length)[0]?.[0]
}

type Named = Readonly<Partial<Record<Profile, string>>>

const both = (letters: string): Named => ({paper: letters, 'official-code': letters})

const GEMMA: Readonly<Record<string, Named>> = {
  lora: both('QKVUD'),
  dora: both('QKVUD'),
  boft: {paper: 'QV', 'official-code': 'QKVO'},
  vera: both('GU'),
  svft: both('QKVUDOG'),
}

const VISION: Named = {paper: 'QKVUD', 'official-code': 'QKVOUD'}

const ADAPTED: Readonly<Record<string, Readonly<Record<string, Named>>>> = {
  gemma: GEMMA,
  llama: {...GEMMA, svft: {paper: 'UDOG', 'official-code': 'QKVUDOG'}},
  gpt_neox: {svft: {'official-code': 'QKVOUD'}},
  'deberta-v2': {svft: {paper: 'QKVOUD'}},
  vit: {
    lora: VISION,
    dora: VISION,
    boft: {'official-code': 'QV'},
    vera: both('QV'),
    svft: VISION,
    'svft plain': both('QV'),
  },
}

/**
 * The modules that a method adapts, by letter: as the paper names them (captions of tables 4 and 9, appendix C.5), and as
 * the official scripts do. Absent where a source is silent.
 */
export function modulesNamed(modelType: string, {method, pattern}: {method: string; pattern?: string}): Named {
  const methods = ADAPTED[modelType] ?? {}
  return methods[`${method} ${pattern}`] ?? methods[method] ?? {}
}
