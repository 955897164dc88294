/** The paper's models, by short names, with their names in its tables, their repositories on the hub, and the `model_type` of their configs. */
export const PAPER_MODELS = {
  'gemma-2b': {title: 'Gemma-2B', repository: 'google/gemma-2b', modelType: 'gemma'},
  'gemma-7b': {title: 'Gemma-7B', repository: 'google/gemma-7b', modelType: 'gemma'},
  'llama-3-8b': {title: 'LLaMA-3-8B', repository: 'meta-llama/Meta-Llama-3-8B', modelType: 'llama'},
  'pythia-2.8b': {title: 'Pythia-2.8B', repository: 'EleutherAI/pythia-2.8b', modelType: 'gpt_neox'},
  'deberta-v3-base': {title: 'DeBERTaV3-base', repository: 'microsoft/deberta-v3-base', modelType: 'deberta-v2'},
  'vit-b16': {title: 'ViT-B', repository: 'google/vit-base-patch16-224-in21k', modelType: 'vit'},
  'vit-l16': {title: 'ViT-L', repository: 'google/vit-large-patch16-224-in21k', modelType: 'vit'},
} as const

export type PaperModel = keyof typeof PAPER_MODELS

/** The two versions of the paper: the preprint, arXiv 2405.19597v1, and the one published at NeurIPS 2024. */
export type PaperVersion = 'arxiv-v1' | 'neurips2024'

const PATTERNS = ['plain', 'banded', 'random', 'topk'] as const

/** The letters of a label, with the names of the settings in a recipe. */
const SETTINGS = {r: 'rank', d: 'diagonals', b: 'b', m: 'm'} as const

/** The method of a row, with the settings that its label states, in the words of a recipe. */
export interface PaperMethod {
  readonly method: 'full' | 'head' | 'svft' | 'svf' | 'lora' | 'dora' | 'vera' | 'boft'
  readonly pattern?: (typeof PATTERNS)[number]
  readonly diagonals?: number
  /** r: for SVFT the number of singular values, else the rank of the method's matrices. */
  readonly rank?: number
  readonly b?: number
  readonly m?: number
  /** Whether the paper marks the scores as taken from earlier work. */
  readonly prior?: boolean
}

/** A row of a table of results, as the paper prints it. */
export interface PaperRow {
  /**
   * `t4.vb.svft_p`: the table, the model if the table has several, the method; it begins with n in the published version.
   * Recipes name it as `paper.cell`.
   */
  readonly cell: string
  readonly version: PaperVersion
  readonly table: number
  readonly model: PaperModel
  readonly method: PaperMethod
  /** #Params, or `-`. */
  readonly params: string
  /** The scores by the names of the datasets, in percent or as correlations × 100. */
  readonly scores: Readonly<Record<string, number>>
  /** The scores as they are printed: `72.4` and `72.40` differ. */
  readonly printed: Readonly<Record<string, string>>
  /** The letters of the adapted modules if the table states them: `QKVUD`. */
  readonly modules?: string
  /** The printed peak memory of the GPU in GB, always with two decimals. */
  readonly memoryGb?: number
  /** The cell of arXiv v1 that prints the same #Params and the same scores. */
  readonly sameAs?: string
  /** The cell of arXiv v1 with the same label whose #Params, scores or modules differ. */
  readonly changedFrom?: string
  /** The cell, of a row or a point of a figure, whose run is this row's too; absent if no earlier one has the same settings. */
  readonly sameRun?: string
}

/**
 * The 114 rows of the tables of results, 1 to 6 and 8 to 10, of the SVFT paper (arXiv 2405.19597v1), as printed, misprints
 * included: cell, #Params, scores, label; * marks scores from earlier work. Table 5 prints no diagonals, table 6 neither
 * ranks nor patterns, and table 9 no rank of VeRA, for which table 4's is used here.
 */
export const PAPER_ROWS: readonly PaperRow[] = parseRows(`
  table 1: gemma-2b, gsm8k math
  t1.g2.fft        2.5B  52.69 17.94  full
  t1.g2.lora32    26.2M  43.06 15.50  lora r=32
  t1.g2.dora16    13.5M  44.27 16.18  dora r=16
  t1.g2.boft      1.22M  36.01 12.13  boft b=8 m=2
  t1.g2.dora1     1.19M  35.25 13.04  dora r=1
  t1.g2.lora1     0.82M  32.97 13.04  lora r=1
  t1.g2.vera1024  0.63M  36.77 14.12  vera r=1024
  t1.g2.svft_p    0.19M  40.34 14.38  svft plain
  t1.g2.svft_r16  6.35M  50.03 15.56  svft random d=16

  table 1: gemma-7b, gsm8k math
  t1.g7.fft        8.5B  74.67 25.70  full
  t1.g7.lora32    68.8M  76.57 29.34  lora r=32
  t1.g7.dora16    35.5M  74.52 29.84  dora r=16
  t1.g7.boft      2.90M  71.79 28.98  boft b=8 m=2
  t1.g7.dora1     3.26M  74.37 26.28  dora r=1
  t1.g7.lora1     0.82M   72.4 26.28  lora r=1
  t1.g7.vera1024  0.43M  71.11 27.04  vera r=1024
  t1.g7.svft_p    0.43M  73.50 27.30  svft plain
  t1.g7.svft_r16  19.8M  76.81 29.98  svft random d=16

  table 1: llama-3-8b, gsm8k math
  t1.l8.fft        8.0B  64.13 16.24  full
  t1.l8.lora32    56.6M  75.89 24.74  lora r=32
  t1.l8.dora16    29.1M  75.66 24.72  dora r=16
  t1.l8.boft      4.35M  67.09 21.64  boft b=8 m=2
  t1.l8.dora1     2.55M  68.30 21.96  dora r=1
  t1.l8.lora1     1.77M  68.84 20.94  lora r=1
  t1.l8.vera1024  0.98M  63.76 20.28  vera r=1024
  t1.l8.svft_p    0.48M  69.22 20.44  svft plain
  t1.l8.svft_r12  13.1M  75.90 24.22  svft random d=12

  table 2: gemma-7b, boolq piqa siqa hellaswag winogrande arc_easy arc_challenge obqa average
  t2.fft        8.5B  72.32 87.32 76.86 91.07 81.76 92.46 82.76 89.00 84.19  full
  t2.lora32    68.8M  71.55 87.95 77.27 91.80 79.71 92.67 82.16 86.40 83.69  lora r=32
  t2.dora16    35.5M  71.46 87.59 76.35 92.11 78.29 92.00 80.63 85.60 83.00  dora r=16
  t2.dora1     3.31M  68.22 86.72 75.23 91.14 78.13 91.87 83.19 86.20 82.59  dora r=1
  t2.vera2048  1.49M  64.25 86.28 74.04 86.96 69.00 92.76 82.33 82.00 79.70  vera r=2048
  t2.lora1     0.82M  65.44 86.28 75.02 89.91 75.92 91.79 81.91 85.40 81.46  lora r=1
  t2.svft_p    0.51M  67.92 86.45 75.47 86.92 74.03 91.80 81.23 83.00 80.85  svft plain
  t2.svft_b8   9.80M  71.90 86.98 76.28 91.55 78.76 92.80 83.11 85.40 83.35  svft banded d=8

  table 3: deberta-v3-base, mnli sst2 mrpc cola qnli qqp rte stsb average
  t3.fft        184M  89.90 95.63 89.46 69.19 94.03 92.40 83.75 91.60 88.25  full *
  t3.lora8     1.33M  90.65 94.95 89.95 69.82 93.87 91.99 85.20 91.60 88.50  lora r=8 *
  t3.dora4     0.75M  89.92 95.41 89.10 69.37 94.14 91.53 87.00 91.80 88.53  dora r=4
  t3.boft      0.75M  90.25 96.44 92.40 72.95 94.23 92.10 88.81 91.92 89.89  boft b=8 m=2 *
  t3.lora1     0.17M  90.12 95.64 86.43 69.13 94.18 91.43 87.36 91.52 88.23  lora r=1
  t3.vera1024  0.09M  89.93 95.53 87.94 69.06 93.24  90.4 87.00 88.71 87.73  vera r=1024
  t3.svft_p    0.06M  89.69 95.41 88.77 70.95 94.27 90.16 87.24 91.80 88.54  svft plain
  t3.svft_r2   0.28M  89.97 95.99 88.99 72.61 93.90 91.50 88.09 91.73 89.10  svft random d=2

  table 4: vit-b16, cifar100 flowers102
  t4.vb.head         -  78.25 98.42  head
  t4.vb.fft      85.8M  85.35 98.37  full
  t4.vb.lora8    1.32M  84.10 99.23  lora r=8
  t4.vb.dora8    1.41M  85.03 99.30  dora r=8
  t4.vb.boft44   0.11M  85.54 98.59  boft b=4 m=4
  t4.vb.lora1    0.16M  84.86 96.88  lora r=1
  t4.vb.dora1    0.25M  84.46 99.15  dora r=1
  t4.vb.vera256  24.6K  83.38 98.59  vera r=256
  t4.vb.svft_p   18.5K  83.85 98.93  svft plain
  t4.vb.svft_b2  0.27M  84.72 99.28  svft banded d=2
  t4.vb.svft_b8  0.93M  85.69 98.88  svft banded d=8

  table 4: vit-l16, food101 resisc45
  t4.vl.head          -  75.57 64.10  head
  t4.vl.fft      303.3M  77.83 76.83  full
  t4.vl.lora8     3.54M  77.13 79.62  lora r=8
  t4.vl.dora8     3.76M  76.41 78.32  dora r=8
  t4.vl.boft44    2.95M  78.42 74.70  boft b=4 m=4
  t4.vl.lora1     0.44M  75.97 78.02  lora r=1
  t4.vl.dora1     0.66M  75.90 78.02  dora r=1
  t4.vl.vera256   0.06M  75.97 72.44  vera r=256
  t4.vl.svft_p    0.05M  75.95 71.97  svft plain
  t4.vl.svft_b2   0.74M  77.94 79.70  svft banded d=2
  t4.vl.svft_b8    2.5M  78.36 73.83  svft banded d=8

  table 5: gemma-2b, gsm8k math
  t5.plain     0.2M  40.34 14.38  svft plain
  t5.banded8   3.3M  46.47 16.04  svft banded
  t5.banded16  6.4M  47.84 15.68  svft banded
  t5.random8   3.3M  47.76 15.98  svft random
  t5.random16  6.4M  50.03 15.56  svft random
  t5.topk8     3.3M  48.00 15.80  svft topk
  t5.topk16    6.4M  49.65 15.32  svft topk

  table 6: pythia-2.8b, step39000 step143000 gain
  t6.fft    2.5B  21.00 30.09  9.09  full
  t6.lora  5.24M  11.22 18.95  7.73  lora
  t6.svft  5.56M  15.08 23.19  8.11  svft

  table 8: gemma-2b, boolq piqa siqa hellaswag winogrande arc_easy arc_challenge obqa average
  t8.fft        2.5B  63.57  74.1 65.86 70.00 61.95 75.36 59.72    69 67.45  full
  t8.lora32    26.2M  63.11 73.44 63.20 47.79 52.95 74.78 57.16 67.00 62.43  lora r=32
  t8.lora16    13.5M  62.87 73.93 65.34 53.16 55.51 76.43 59.55  68.4 64.40  lora r=16
  t8.boft      1.22M  59.23 63.65 47.90 29.93 50.35 59.04 42.66 41.00 49.22  boft b=8 m=2
  t8.vera2048  0.66M  62.11 64.31 49.18 32.00 50.74 58.08 42.83  42.6 50.23  vera r=2048
  t8.lora1     0.82M   62.2 69.31 56.24 32.47 51.53 69.52  48.8  56.4 55.81  lora r=1
  t8.dora1     1.19M  62.17 68.77 55.93 32.95 51.22 68.81 48.72  55.6 55.52  dora r=1
  t8.svft_p    0.19M  62.26 70.18  56.7 32.47 47.04 69.31 50.08  58.4 55.81  svft plain
  t8.svft_b16  6.35M  63.42 73.72 63.86 71.21 59.58 73.69 54.77  66.6 65.86  svft banded d=16

  table 9: vit-b16, cifar100 flowers102 food101 resisc45
  t9.vb.head         -  78.25 98.42 74.93 59.95  head
  t9.vb.fft      85.8M  85.35 98.37 76.32 68.03  full
  t9.vb.lora8    1.32M  84.41 99.23 76.02 76.86  lora r=8
  t9.vb.dora8    1.41M  85.03 99.30 75.88 76.95  dora r=8
  t9.vb.boft22   0.07M  85.55 98.54 76.06 67.70  boft b=2 m=2
  t9.vb.boft44   0.11M  85.54 98.59 76.51 69.44  boft b=4 m=4
  t9.vb.lora1    0.16M  84.86 96.88 73.35 76.33  lora r=1
  t9.vb.dora1    0.25M  84.46 99.15 74.80 77.06  dora r=1
  t9.vb.vera256  24.6K  83.38 98.59 75.99 70.43  vera r=256
  t9.vb.svft_p   18.5K  83.85 98.93 75.68 67.19  svft plain
  t9.vb.svft_b2  0.28M  84.72 99.28 75.64 72.49  svft banded d=2
  t9.vb.svft_b4  0.50M  83.17 98.52 76.54 66.65  svft banded d=4
  t9.vb.svft_b8  0.94M  85.69 98.88 76.70 70.41  svft banded d=8

  table 9: vit-l16, cifar100 flowers102 food101 resisc45
  t9.vl.head          -  82.95 98.75 75.57 64.10  head
  t9.vl.fft      303.3M  86.56 97.87 77.83 76.83  full
  t9.vl.lora8     0.35M  86.00 97.93 77.13 79.62  lora r=8
  t9.vl.dora8     3.76M  83.55 98.00 76.41 78.32  dora r=8
  t9.vl.boft22    0.20M  87.84 97.95 77.90 73.97  boft b=2 m=2
  t9.vl.boft44    0.30M  87.72 97.95 78.42 74.70  boft b=4 m=4
  t9.vl.lora1     0.44M  85.97 98.28 75.97 78.02  lora r=1
  t9.vl.dora1     0.66M  84.06 98.11 75.90 78.02  dora r=1
  t9.vl.vera256   61.4K  86.77 98.94 75.97 72.44  vera r=256
  t9.vl.svft_p    49.2K  86.74 97.56 75.95 71.97  svft plain
  t9.vl.svft_b2   0.74M  86.59 98.24 77.94 79.70  svft banded d=2
  t9.vl.svft_b4   1.32M  87.10 97.71 76.67 71.10  svft banded d=4
  t9.vl.svft_b8   2.50M  87.26 97.89 78.36 73.83  svft banded d=8

  table 10: gemma-2b, gsm8k math
  t10.r128d64  1.55M   0.98  0.21  svft banded r=128 d=64
  t10.r1536    0.15M  16.37  3.64  svft plain r=1536
  t10.r1536d2  0.74M  25.01  6.04  svft banded r=1536 d=2
  t10.r2048    0.19M  40.34 14.38  svft plain r=2048
`)

/** Parses tables: a heading with number, model and columns, and a line for each row. */
export function parseRows(text: string, version: PaperVersion = 'arxiv-v1'): PaperRow[] {
  const blocks = text.trim().split('\n\n')
  return blocks.flatMap(block => {
    const [heading, ...lines] = block.trim().split('\n')
    const [, table, model, columns] = /^table (\d+): (\S+), (.*)$/.exec(heading) ?? []
    const names = columns.split(' ')
    return lines.map(line => {
      const [cell, params, ...rest] = line.trim().split(/ +/)
      const printed = Object.fromEntries(names.map((name, i) => [name, rest[i]]))
      const label = rest.slice(names.length)
      return {
        cell,
        version,
        table: Number(table),
        model: model as PaperModel,
        method: parseLabel(label),
        params,
        scores: Object.fromEntries(names.map(name => [name, Number(printed[name])])),
        printed,
        ...parseRelations(label),
      }
    })
  })
}

/** Parses the label of a row: `svft banded r=1536 d=2`, with * for earlier work. Settings without a word are absent. */
function parseLabel([method, ...words]: readonly string[]): PaperMethod {
  const parsed: {-readonly [K in keyof PaperMethod]: PaperMethod[K]} = {method: method as PaperMethod['method']}
  const pattern = PATTERNS.find(name => words.includes(name))
  if (pattern) parsed.pattern = pattern
  for (const letter of ['r', 'd', 'b', 'm'] as const) {
    const word = words.find(word => word.startsWith(`${letter}=`))
    if (word) parsed[SETTINGS[letter]] = Number(word.slice(2))
  }
  if (words.includes('*')) parsed.prior = true
  return parsed
}

/** The settings of a label, in words: `banded`, `r=1536`, `d=2`. */
export function settingWords(method: PaperMethod): string[] {
  const words = Object.entries(SETTINGS).flatMap(([letter, name]) =>
    method[name] === undefined ? [] : [`${letter}=${method[name]}`],
  )
  return method.pattern ? [method.pattern, ...words] : words
}

type RowRelations = Pick<PaperRow, 'modules' | 'memoryGb' | 'sameAs' | 'changedFrom' | 'sameRun'>

/**
 * Parses what the published version adds to a label: `{QV}` for the modules, `18.88GB` for the memory, and one cell that
 * the row is compared with: `=` prints the same, `≈` is the same run with other printed values, `≠` has the same label on
 * other modules, and `~` is the same run, which arXiv v1 does not print as a row of this label.
 */
function parseRelations(words: readonly string[]): RowRelations {
  const find = (pattern: RegExp) => words.flatMap(word => pattern.exec(word)?.[1] ?? [])[0]
  const [modules, memory] = [find(/^\{(\w+)\}$/), find(/^([\d.]+)GB$/)]
  const [same, changed, other, run] = ['=', '≈', '≠', '~'].map(sign => find(new RegExp(`^${sign}(.+)`)))
  const changedFrom = changed ?? other
  const sameRun = same ?? changed ?? run
  return {
    modules,
    memoryGb: memory === undefined ? undefined : Number(memory),
    sameAs: same,
    changedFrom,
    sameRun,
  }
}
