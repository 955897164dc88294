import {expect, test} from 'vitest'
import type {KnownRecipe, RecipeContext} from '../../results/known-recipe.ts'
import {type Defect, lint, RULES} from './lint.ts'

const HEADER =
  'recipe,method,settings,params,head_params,test_score,test_n,seed,hash,model,model_revision,data_revision,steps,seconds,step_ms,tokens_per_second,peak_memory_mb,version,commit,dirty,engine,threads,finished'
const LINES = [
  'vision/mini/head,head,,0,970,0.5,1000,0,00000000000a,vit-mini,aa,dd,100,36,264.4,75.6,335,0.1.0,89bb17dde5e7,false,onnx,1,2026-11-25T13:45:35.239Z',
  'vision/mini/head,head,,0,970,0.512,1000,1,0000000000aa,vit-mini,aa,dd,100,36,264.4,75.6,335,0.1.0,89bb17dde5e7,false,onnx,1,2026-11-25T13:45:59.239Z',
  'vision/mini/lora,lora,r=1 α=8,1536,970,0.871,1000,0,00000000000b,vit-mini,aa,dd,100,36,264.4,75.6,335,0.1.0,89bb17dde5e7,false,onnx,1,2026-11-25T13:46:35.239Z',
  'vision/mini/lora,lora,r=1 α=8,1536,970,0.85,1000,1,00000000000c,vit-mini,aa,dd,100,36,264.4,75.6,335,0.1.0,89bb17dde5e7,false,onnx,1,2026-11-25T13:47:35.239Z',
]
const GOOD = `${[HEADER, ...LINES].join('\n')}\n`

const LORA = 'vision/mini/lora'
const lora: KnownRecipe = {
  method: 'lora',
  params: 1536,
  headParams: 970,
  settings: 'r=1 α=8',
  steps: 100,
  columns: ['test'],
  drawsData: false,
  hash: seed => (seed === 0 ? '00000000000b' : '00000000000c'),
}
const KNOWN: RecipeContext = {
  known: new Map([[LORA, lora]]),
  names: [LORA, 'vision/mini/head'],
  file: 'vision-mini',
  suiteOf: recipe => recipe.split('/').slice(0, -1).join('-'),
  now: Date.parse('2026-11-26T00:00:00Z'),
}

/** The file with a column's value replaced in one of its lines, from 1; 2 is the first row. */
function value(line: number, name: string, put: string, text = GOOD): string {
  const lines = text.split('\n')
  const place = lines[0].split(',').indexOf(name)
  const cells = lines[line - 1].split(',')
  cells[place] = put
  return lines.with(line - 1, cells.join(',')).join('\n')
}

/** The same in several lines. */
const values = (lines: readonly number[], name: string, put: string) =>
  lines.reduce((text, line) => value(line, name, put, text), GOOD)

/** The same in all rows. */
const column = (name: string, put: string) => values([2, 3, 4, 5], name, put)

/** Without a column. */
function without(name: string): string {
  const place = HEADER.split(',').indexOf(name)
  return GOOD.split('\n')
    .map(line => line.split(',').toSpliced(place, 1).join(','))
    .join('\n')
}

/** With a column at the end. */
const withColumn = (name: string, put: string) =>
  `${[`${HEADER},${name}`, ...LINES.map(line => `${line},${put}`)].join('\n')}\n`

const rows = (...lines: readonly string[]) => `${[HEADER, ...lines].join('\n')}\n`

const at = (line: number, name: string, text = GOOD) => {
  const lines = text.split('\n')
  const place = lines[0].split(',').indexOf(name)
  return `${line}:${lines[line - 1].split(',').slice(0, place).join(',').length + (place > 0 ? 2 : 1)}`
}

/** A row a kind of defect: the rule that finds it, a file with it, where it is found, what would be right, what is around. */
const DEFECTS: readonly (readonly [rule: string, text: string, where: string, says: RegExp, around?: RecipeContext])[] =
  [
    ['byte-order-mark', `\ufeff${GOOD}`, '1:1', /UTF-8 without one/],
    ['crlf', GOOD.replace('\n', '\r\n'), `1:${HEADER.length + 1}`, /LF alone/],
    ['unfinished-line', GOOD.slice(0, -1), '5:1', /was the file cut/],
    ['empty', '', '1:1', /no header/],
    ['no-rows', `${HEADER}\n`, '1:1', /no rows/],
    ['blank-line', GOOD.replace('\n', '\n\n'), '2:1', /remove it/],
    ['ragged', `${GOOD.slice(0, -1)},more\n`, `5:${LINES[3].length + 2}`, /24 values; the header has 23/],
    ['quotes', value(2, 'settings', '"r=1'), at(2, 'settings'), /never closed/],
    ['quotes', value(2, 'settings', 'r=1 "8"'), at(2, 'settings'), /quote the value and double the quote/],
    ['quotes', value(2, 'settings', '"r=1" 8'), at(2, 'settings'), /behind a closing quote/],
    ['line-break', GOOD.replaceAll('vit-mini', '"vit\nmini"'), at(2, 'model'), /writes a new line as \\n/],
    ['hidden-character', column('model', 'vit\u202emini'), at(2, 'model'), /cannot be seen/],
    ['space-around', column('model', ' vit-mini'), at(2, 'model'), /remove it/],
    ['formula', column('model', '=1+1'), at(2, 'model'), /apostrophe/],
    ['unknown-column', withColumn('colour', 'red'), `1:${HEADER.length + 2}`, /<name>_score/],
    ['unknown-column', GOOD.replace('threads', 'treads'), at(1, 'threads'), /did you mean threads\?/],
    ['missing-column', without('version'), '1:1', /no column version/],
    ['doubled-column', withColumn('engine', 'onnx'), `1:${HEADER.length + 2}`, /stands twice/],
    ['no-score-column', GOOD.replace('test_score,test_n,', '').replaceAll(/0\.\d+,1000,/g, ''), '1:1', /no score/],
    ['half-score', without('test_n'), '1:1', /no column test_n/],
    ['empty-value', value(3, 'model', ''), at(3, 'model'), /no value under model/],
    ['not-a-number', value(3, 'test_score', '0;871'), at(3, 'test_score'), /with a point/],
    ['not-a-number', column('threads', 'two'), at(2, 'threads'), /threads must be a number/],
    ['not-finite', value(3, 'test_score', 'NaN'), at(3, 'test_score'), /left empty/],
    ['not-finite', value(3, 'seconds', '1e999'), at(3, 'seconds'), /must be finite/],
    ['not-whole', column('threads', '1.5'), at(2, 'threads'), /must be whole/],
    ['negative', value(3, 'peak_memory_mb', '-3'), at(3, 'peak_memory_mb'), /below 0/],
    ['zero', value(3, 'seconds', '0'), at(3, 'seconds'), /seconds must be above 0/],
    ['zero', column('test_n', '0'), at(2, 'test_n'), /test_n must be/],
    ['accuracy-range', value(3, 'test_score', '87.1'), at(3, 'test_score'), /did you mean 0\.871\?/],
    ['accuracy-range', value(3, 'test_score', '-0.1'), at(3, 'test_score'), /between 0 and 1/],
    [
      'correlation-range',
      value(3, 'test_score', '-1.5', withColumn('test_metric', 'matthews')),
      at(3, 'test_score'),
      /−1 and 1/,
    ],
    ['items-missing', value(3, 'test_n', ''), at(3, 'test_n'), /of how many items/],
    ['score-missing', value(3, 'test_score', ''), at(3, 'test_score'), /items and no score/],
    ['not-of-items', value(3, 'test_score', '0.8715'), at(3, 'test_score'), /near are 0\.871 and 0\.872/],
    ['interval', withColumn('test_low,test_high', '0.4,0.6'), `4:${LINES[2].length + 2}`, /around the score 0\.871/],
    ['unknown-metric', withColumn('test_metric', 'acuracy'), `2:${LINES[0].length + 2}`, /did you mean accuracy\?/],
    ['unknown-method', values([2, 3], 'method', 'haed'), at(2, 'method'), /did you mean head\?/],
    ['unknown-engine', column('engine', 'onx'), at(2, 'engine'), /did you mean onnx\?/],
    ['hash', value(2, 'hash', '0A'), at(2, 'hash'), /12 digits/],
    ['version', column('version', 'new'), at(2, 'version'), /like 0\.1\.0/],
    ['commit', value(2, 'commit', 'HEAD'), at(2, 'commit'), /7 to 40 digits/],
    ['dirty-flag', value(2, 'dirty', 'no'), at(2, 'dirty'), /true or false/],
    ['time', value(2, 'finished', '25.11.2026 13:45'), at(2, 'finished'), /in UTC/],
    ['future', value(4, 'finished', '2027-11-25T13:45:35.239Z'), at(4, 'finished'), /has not come yet/],
    ['no-commit', value(2, 'commit', ''), at(2, 'commit'), /which svft was it/],
    ['changed-files', column('dirty', 'true'), at(2, 'dirty'), /in 3 more rows/],
    [
      'duplicate-seed',
      rows(LINES[0], LINES[0].replace('0a,', '0f,'), LINES[2]),
      at(3, 'seed', GOOD.replace(LINES[1], LINES[0])),
      /line 2/,
    ],
    ['duplicate-run', rows(...LINES, LINES[3]), at(5, 'hash').replace('5', '6'), /each once; see line 5/],
    ['shared-hash', value(3, 'hash', '00000000000a'), at(3, 'hash'), /cannot share it; see line 2/],
    ['mixed-setups', value(3, 'params', '1'), at(3, 'params'), /share their params; line 2 has 0/],
    ['mixed-setups', value(5, 'data_revision', 'ee'), at(5, 'data_revision'), /share their data_revision/],
    ['mixed-setups', value(3, 'test_n', '500'), at(3, 'test_n'), /share their test_n; line 2 has 1000/],
    [
      'mixed-setups',
      value(5, 'test_metric', 'pearson', withColumn('test_metric', 'accuracy')),
      `5:${LINES[3].length + 2}`,
      /share their test_metric/,
    ],
    ['mixed-hashes', value(5, 'hash', '0000000000ff'), at(5, 'hash'), /another recipe than the others/],
    ['other-recipe', value(5, 'hash', '0000000000ff', value(4, 'hash', '0000000000fe')), at(4, 'hash'), /has changed/],
    ['mixed-versions', value(5, 'version', '0.2.0'), at(5, 'version'), /several versions/],
    ['mixed-engines', value(5, 'threads', '2'), at(5, 'threads'), /differ in their threads, .*; line 4 has 1/],
    ['mixed-engines', value(5, 'engine', 'js'), at(5, 'engine'), /differ in their engine/],
    ['unequal-seeds', rows(LINES[0], LINES[2], LINES[3]), '2:1', /lacks the others' seed 1: vision/],
    ['unequal-seeds', value(5, 'seed', '7'), '4:1', /lacks .* seed 1 and has seed 7, which they lack/],
    ['other-model', value(2, 'model', 'vit-maxi'), at(3, 'model'), /one base model; line 2 has vit-maxi/],
    ['other-model', values([2, 3], 'model_revision', 'bb'), at(4, 'model_revision'), /one base model/],
    ['other-items', values([2, 3], 'test_n', '500'), at(4, 'test_n'), /the same items/],
    ['unsorted', rows(LINES[1], LINES[0], LINES[2], LINES[3]), '3:1', /sorted by recipe and seed/],
    ['unknown-recipe', values([2, 3], 'recipe', 'vision/mini/haed'), '2:1', /did you mean vision\/mini\/head\?/],
    ['other-method', values([4, 5], 'method', 'dora'), at(4, 'method'), /is lora/],
    ['other-params', values([4, 5], 'params', '1537'), at(4, 'params'), /1536 numbers/],
    ['other-head-params', values([4, 5], 'head_params', '9'), at(4, 'head_params'), /970/],
    [
      'other-settings',
      values([4, 5], 'settings', 'r=99 α=16'),
      at(4, 'settings'),
      /settings are r=1 α=8, and in 1 more row: r=99/,
    ],
    ['other-steps', values([4, 5], 'steps', '99'), at(4, 'steps'), /for 100 steps/],
    ['other-column', GOOD.replaceAll('test_', 'tets_'), at(4, 'test_score'), /did you mean test\?, and in 1 more row:/],
    [
      'other-suite',
      GOOD,
      '2:1',
      /stand in vision-mini\.csv/,
      {...KNOWN, file: 'gsm8k-mini', names: [...KNOWN.names, 'gsm8k/mini/head']},
    ],
    [
      'missing-recipe',
      GOOD,
      '1:1',
      /no rows of vision\/mini\/vera/,
      {...KNOWN, names: [...KNOWN.names, 'vision/mini/vera']},
    ],
    ['untrained', values([2, 3], 'steps', '0'), at(2, 'steps'), /without a step/],
    ['no-params', values([2, 3], 'method', 'full'), at(2, 'params'), /full trains something/],
    ['speed-missing', value(2, 'step_ms', ''), at(2, 'step_ms'), /time of a step/],
    ['too-quick', value(2, 'seconds', '3.6'), at(2, 'seconds'), /26\.4 s alone/],
  ]

const place = ({line, column}: Defect) => `${line}:${column}`

test('a good file has no defects', () => {
  expect(lint(GOOD, KNOWN)).toEqual([])
})

test('runs of one recipe with other overrides are other runs, and no runs of the recipe that is here', () => {
  const swept = LINES.slice(2).flatMap(line =>
    [2e-3, 4e-3].map((lr, i) =>
      line
        .replace('r=1 α=8,1536', `r=${2 * lr * 1000} α=8,${1536 * (i + 2)}`)
        .replace(/00000000000(?=[bc])/, `0000000000${i}`)
        .concat(`,adapter.rank=${2 * lr * 1000} train.lr=${lr}`),
    ),
  )
  const text = `${[`${HEADER},set`, ...LINES.slice(0, 2).map(line => `${line},`), ...swept].join('\n')}\n`
  expect(lint(text, KNOWN)).toEqual([])
  const twice = `${text}${swept[3].replace('00000000001c', '0000000000cc')}\n`
  expect(lint(twice, KNOWN).map(({rule, line}) => [rule, line])).toEqual([['duplicate-seed', 8]])
})

test.each(DEFECTS.map(([rule, text, where, says, around = KNOWN]) => ({rule, text, where, says, around})))(
  '$rule is found, and nothing else (%#)',
  ({rule, text, where, says, around}) => {
    const found = lint(text, around)
    expect([...new Set(found.map(defect => defect.rule))]).toEqual([rule])
    expect(place(found[0])).toBe(where)
    expect(found[0].says).toMatch(says)
  },
)

test('every rule has a file that it finds something in, and there are more than 30', () => {
  expect([...new Set(DEFECTS.map(([rule]) => rule))].sort()).toEqual(RULES.map(({name}) => name).sort())
  expect(RULES.length).toBeGreaterThan(30)
  expect(new Set(RULES.map(({name}) => name)).size).toBe(RULES.length)
})

test('what cannot be seen is not printed as it stands', () => {
  for (const {says} of lint(column('model', 'vit\u001b[2J\u202e'), KNOWN)) expect(says).not.toMatch(/[\p{Cc}\u202e]/u)
})
