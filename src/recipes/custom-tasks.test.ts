import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {BERT} from '../../test/models/classifiers.ts'
import {openTextPlace} from '../../test/support/classify-workplace.ts'
import {enterWorkplace, tinyRecipe, writeLines} from '../../test/support/workplace.ts'
import {writeMerged} from '../exchange/merge-model.ts'
import {openTrained} from '../exchange/open-trained.ts'
import {rescore} from '../exchange/rescore.ts'
import {openQuestions} from '../inspect/ask/open-questions.ts'
import {runReportText} from '../report/run-report.ts'
import {openExperiment} from './experiment.ts'
import {run} from './run.ts'

const HEAD = {adapter: {method: 'head'}, train: {lr: 2e-2, steps: 2, microBatch: 4}}

/** A folder with a causal model, ten documents and ten questions. */
async function openTexts(): Promise<string> {
  const folder = await enterWorkplace()
  const numbers = Array.from({length: 10}, (_, i) => i)
  writeLines(
    join(folder, 'docs.jsonl'),
    numbers.map(i => ({text: `Amy has ${i} cups. She buys ${i + 1} more.`})),
  )
  writeLines(
    join(folder, 'qa.jsonl'),
    numbers.map(i => ({question: `${i}+1?`, answer: String(i + 1)})),
  )
  const config = join(folder, 'model/tokenizer_config.json')
  const chat_template =
    "{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token if m.role == 'assistant' else '\\n' }}{% endfor %}{{ 'assistant: ' if add_generation_prompt }}"
  writeFileSync(config, JSON.stringify({...JSON.parse(readFileSync(config, 'utf8')), chat_template}))
  return folder
}

test('texts train, and are scored by the inverse of their perplexity', async () => {
  const folder = await openTexts()
  const recipe = await tinyRecipe(folder, {
    task: 'text',
    data: {train: 'docs.jsonl', split: {test: 0.3}},
    train: {steps: 4, lr: 1e-2, maxTokens: 16, keep: 'best', keepBy: 'test', epochs: undefined},
    evaluate: {splits: ['test']},
  })
  const {row, folder: at, results} = await run(recipe)
  expect(row.scores.test).toMatchObject({metric: 'inverse-perplexity'})
  expect(row.scores.test.score).toBeGreaterThan(0)
  expect(row.scores.test.score).toBeLessThan(1)
  expect(row.scores.test.se).toBeGreaterThan(0)
  expect(readFileSync(results ?? '', 'utf8')).toContain('test_score,test_metric,test_n,test_se')
  expect((await rescore(at)).row).toEqual(row)
  const {scores, best} = JSON.parse(readFileSync(join(at, 'epochs.json'), 'utf8'))
  const highest = Math.max(...scores.map(({score}: {score: number}) => score))
  expect(scores.find(({step}: {step: number}) => step === best).score).toBe(highest)
  const [report] = runReportText(recipe, {folder: at, row, results, already: false}).split('\n').slice(1)
  expect(report).toMatch(/^ {2}test: perplexity \d+\.\d\d \(95 % CI \d+\.\d\d–\d+\.\d\d, n = \d+\)$/)
})

test('texts that train.heldOut holds out are not trained on, and a limit counts those that are left', async () => {
  const folder = await openTexts()
  const open = async (heldOut: number, limit?: object) => {
    const data = {train: 'docs.jsonl', test: {test: 'docs.jsonl'}, pack: false, limit}
    const recipe = await tinyRecipe(folder, {task: 'text', data, train: {heldOut}, evaluate: {maxNewTokens: undefined}})
    return (await openExperiment(recipe)).data.examples
  }
  expect([await open(0), await open(4), await open(4, {train: 5})]).toEqual([10, 6, 5])
  await expect(open(10)).rejects.toThrow('docs.jsonl: 10 examples, train.heldOut must be smaller: 10')
})

const INSTRUCT = {train: 'qa.jsonl', columns: {prompt: 'question', target: 'answer'}, split: {test: 0.3}}

test('a text that is cut in scoring is reported with the limit that cuts it', async () => {
  const folder = await openTexts()
  const open = async (evaluate: object, maxTokens = 100) => {
    const data = {train: 'docs.jsonl', test: {test: 'docs.jsonl'}, pack: false}
    const changes = {task: 'text', data, train: {maxTokens}, evaluate: {maxNewTokens: undefined, ...evaluate}}
    return (await openExperiment(await tinyRecipe(folder, changes))).data.warnings
  }
  const [cut, ...others] = await open({maxTokens: 4})
  expect(cut).toMatch(/:1: \d+ tokens, of which evaluate.maxTokens keeps 4: .*; evaluate.maxTokens: \d+ would hold/)
  expect(others).toEqual([])
  expect(await open({}, 4)).toEqual([expect.stringContaining('of which train.maxTokens keeps 4')])

  const questions = {train: 'qa.jsonl', columns: INSTRUCT.columns, test: {test: 'qa.jsonl'}}
  const evaluate = {metric: 'perplexity', maxTokens: 2, maxNewTokens: undefined}
  const short = await tinyRecipe(folder, {task: 'instruct', data: questions, evaluate})
  await expect(openExperiment(short)).rejects.toThrow(/qa.jsonl: no example is left: .* evaluate.maxTokens keeps 2/)
})

test.each([
  ['exact-match', 'accuracy'],
  ['perplexity', 'inverse-perplexity'],
])('answers to instructions are trained with the chat template, and scored by %s', async (metric, written) => {
  const folder = await openTexts()
  const recipe = await tinyRecipe(folder, {
    task: 'instruct',
    data: INSTRUCT,
    evaluate: {metric, maxNewTokens: metric === 'perplexity' ? undefined : 4},
  })
  const {row, folder: at} = await run(recipe)
  expect(row.scores.test).toMatchObject({n: 3, metric: written})
  expect(row.modelRevision).toMatch(/ chat [0-9a-f]{16}$/)
  expect((await rescore(at)).row).toEqual(row)
  if (metric === 'perplexity') return
  const [first] = readFileSync(join(at, 'predictions-test.jsonl'), 'utf8').split('\n')
  expect(JSON.parse(first).prompt).toMatch(/^user: \d\+1\?\nassistant: $/)
})

test.each([
  ['the chat template', {columns: INSTRUCT.columns}],
  ['a template of the recipe', {template: '{question} ', columns: {target: 'answer'}}],
])('questions to score that are trained on with the same answer are counted, with %s', async (_, form) => {
  const folder = await openTexts()
  const asked = (question: string, answer: string) => ({question, answer})
  writeLines(join(folder, 'test.jsonl'), [asked('0+1?', '1'), asked('0+1?', '2'), asked('9+9?', '18')])
  const data = {train: 'qa.jsonl', test: {test: 'test.jsonl'}, ...form}
  for (const metric of ['exact-match', 'perplexity']) {
    const evaluate = {metric, maxNewTokens: metric === 'perplexity' ? undefined : 4}
    const recipe = await tinyRecipe(folder, {task: 'instruct', data, evaluate})
    const {warnings} = (await openExperiment(recipe)).data
    expect(warnings).toContain('test: 1 of 3 texts is also in the training data')
  }
})

/** A folder with a model, and the reviews of three classes in one file. */
async function openReviews(): Promise<string> {
  const folder = await openTextPlace(BERT)
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  const stars = ['poor', 'good', 'fair']
  const lines = Array.from(
    {length: 30},
    (_, i) => `${'abcdef'[i % 6]} ${'abcdef'[i % 5]},${stars[i % 3]},${i < 20 ? 'train' : i < 25 ? 'dev' : 'test'}`,
  )
  writeFileSync(join(folder, 'reviews.csv'), `review,stars,split\n${lines.join('\n')}\n`)
  return folder
}

const REVIEWS = {train: 'reviews.csv', columns: {text: 'review', label: 'stars'}}

test('texts with classes of any names train, score and merge with the names of the classes', async () => {
  const folder = await openReviews()
  const data = {...REVIEWS, split: {test: 0.2, validation: 0.1}}
  const recipe = await tinyRecipe(folder, {
    task: 'text-classification',
    data,
    ...HEAD,
    evaluate: {metric: 'macro-f1', splits: ['validation', 'test']},
  })
  const {row, folder: at} = await run(recipe)
  expect(row.scores).toMatchObject({test: {n: 6, metric: 'macro-f1'}, validation: {n: 3}})
  expect(row.headParams).toBe(12 * 12 + 12 + 3 * 12 + 3)
  expect((await rescore(at)).row).toEqual(row)

  await writeMerged(await openTrained(at), join(folder, 'merged'))
  expect(JSON.parse(readFileSync(join(folder, 'merged/config.json'), 'utf8'))).toMatchObject({
    id2label: {0: 'fair', 1: 'good', 2: 'poor'},
    problem_type: 'single_label_classification',
  })
  const again = await run(
    await tinyRecipe(folder, {
      task: 'text-classification',
      model: 'merged',
      data,
      adapter: {method: 'none'},
      train: undefined,
      evaluate: {metric: 'macro-f1'},
    }),
  )
  expect(again.row.scores.test).toEqual(row.scores.test)
})

test('a merged classifier has the predictions of its run if it truncates texts as the training did', async () => {
  const folder = await openReviews()
  const numbers = Array.from({length: 12}, (_, i) => ({text: i % 3 ? 'a b c d' : 'f a', label: i % 2 ? 'odd' : 'even'}))
  writeLines(join(folder, 'long.jsonl'), numbers)
  const recipe = {task: 'text-classification', data: {train: 'long.jsonl', split: {test: 0.5}}}
  const predictionsOf = async (changes: object) => {
    const {folder: at} = await run(await tinyRecipe(folder, {...recipe, ...changes}))
    return {at, predictions: readFileSync(join(at, 'predictions-test.jsonl'), 'utf8')}
  }
  const {at, predictions} = await predictionsOf({...HEAD, train: {...HEAD.train, maxTokens: 3}})
  await writeMerged(await openTrained(at), join(folder, 'merged'))
  const merged = {model: 'merged', adapter: {method: 'none'}, train: undefined}
  expect((await predictionsOf({...merged, evaluate: {maxTokens: 3}})).predictions).toBe(predictions)
  expect((await predictionsOf(merged)).predictions).not.toBe(predictions)
})

test('a run warns of test texts that are also in the training data', async () => {
  const folder = await openReviews()
  const [head, ...lines] = readFileSync(join(folder, 'reviews.csv'), 'utf8').trim().split('\n')
  writeFileSync(join(folder, 'test.csv'), `${[head, ...lines.slice(0, 3)].join('\n')}\n`)
  const data = {...REVIEWS, test: {test: 'test.csv'}}
  const warnings: string[] = []
  await run(await tinyRecipe(folder, {task: 'text-classification', data, ...HEAD}), {
    onEvent: event => event.type === 'warning' && warnings.push(event.text),
  })
  expect(warnings).toContain('test: 3 of 3 texts are also in the training data')
})

test('texts with numbers train a regression, which is scored, merged and asked', async () => {
  const folder = await openReviews()
  const numbers = (count: number) =>
    Array.from({length: count}, (_, i) => ({text: 'abcdef'[i % 6], label: i % 2 === 0 ? 1.5 : i}))
  writeLines(join(folder, 'numbers.jsonl'), numbers(12))
  const recipe = await tinyRecipe(folder, {
    task: 'text-classification',
    data: {train: 'numbers.jsonl', split: {test: 0.5}},
    ...HEAD,
    evaluate: {metric: 'pearson'},
  })
  const {row, folder: at} = await run(recipe)
  expect(row.scores.test).toMatchObject({n: 6, metric: 'pearson'})
  expect(existsSync(join(at, 'classes.json'))).toBe(false)

  writeFileSync(join(at, 'classes.json'), '["1.5","1"]') // as svft once wrote it
  await writeMerged(await openTrained(at), join(folder, 'merged'))
  expect(JSON.parse(readFileSync(join(folder, 'merged/config.json'), 'utf8'))).toMatchObject({
    id2label: {0: 'LABEL_0'},
    problem_type: 'regression',
  })
  const questions = await openQuestions(at)
  const signal = new AbortController().signal
  const reply = questions.kind === 'classes' ? await questions.ask(['a'], {signal}) : undefined
  await questions.dispose()
  expect(reply).toMatchObject({kind: 'value', trained: expect.any(Number)})
})

test('splits may be named by a column, and the test split may have a file of its own', async () => {
  const folder = await openReviews()
  const recipe = (data: object, evaluate = {}) =>
    tinyRecipe(folder, {task: 'text-classification', data: {...REVIEWS, ...data}, ...HEAD, evaluate})
  const named = await run(await recipe({split: {column: 'split'}}, {splits: ['validation', 'test']}))
  expect(named.row.scores).toMatchObject({validation: {n: 5}, test: {n: 5}})
  const own = await run(
    await recipe({split: {validation: 0.5}, test: {all: 'reviews.csv'}}, {splits: ['validation', 'all']}),
  )
  expect(own.row.scores).toMatchObject({validation: {n: 15}})
})

test('a run warns of records whose split has an unknown name', async () => {
  const folder = await openReviews()
  const warningsOf = async (names: readonly string[], own = {}) => {
    const lines = [...names, 'train', 'train', 'test', 'test'].map((name, i) => `${'ab'[i % 2]},${i % 2},${name}`)
    writeFileSync(join(folder, 'named.csv'), `text,label,part\n${lines.join('\n')}\n`)
    const data = {train: 'named.csv', split: {column: 'part'}, ...own}
    const evaluate = {splits: [Object.hasOwn(own, 'test') ? 'other' : 'test']}
    return (await openExperiment(await tinyRecipe(folder, {task: 'text-classification', data, ...HEAD, evaluate})))
      .warnings
  }
  expect(await warningsOf(['eval', 'Eval', '', 'eval', ' Dev '])).toContain(
    'data.split: 4 of 9 records are in no split: column "part" has "eval", "Eval", ""; known: train, validation, test',
  )
  expect(await warningsOf(['other'])).toContain(
    'data.split: 1 of 5 records is in no split: column "part" has "other"; known: train, validation, test',
  )
  for (const warnings of [await warningsOf([]), await warningsOf(['other'], {test: {other: 'named.csv'}})])
    expect(warnings.filter(text => text.startsWith('data.split'))).toEqual([])
})

test('a run warns of fields in quotes in .tsv files, where quotes are text', async () => {
  const folder = await openReviews()
  const warningsOf = async (lines: readonly string[]) => {
    writeFileSync(join(folder, 'quoted.tsv'), `text\tlabel\n${lines.join('\n')}\n`)
    const data = {train: 'quoted.tsv', test: {test: 'quoted.tsv'}}
    const recipe = await tinyRecipe(folder, {task: 'text-classification', data, ...HEAD})
    return (await openExperiment(recipe)).warnings.filter(text => text.includes('quotes'))
  }
  const found = await warningsOf(['"a ""b"""\t0', 'a\t1', '"b, c"\t0'])
  expect(found.map(text => text.replaceAll(`${folder}/`, ''))).toEqual(
    ['data.train', 'data.test.test'].map(key =>
      expect.stringContaining(
        `${key}: 2 of 3 records are read with quotes around a field, the first in quoted.tsv:2; in`,
      ),
    ),
  )
  expect(await warningsOf(['"a" b "c"\t0', '"\t1', 'a "b\t0'])).toEqual([])
})

const refused: readonly (readonly [object, object, string])[] = [
  [
    {columns: {txt: 'review'}},
    {},
    'unknown role in data.columns: txt; did you mean text? known for text-classification: text, pair, label',
  ],
  [{split: {seed: 3}}, {}, 'data.split needs a share: validation, test or both'],
  [
    {split: {validation: 0.5, test: 0.5}},
    {},
    'data.split leaves nothing to train on: the shares must add up to less than 1',
  ],
  [
    {split: {test: 0.1}, test: {a: 'b.csv'}},
    {},
    'data.split.test cuts the test split out of train; leave these sources out',
  ],
  [{split: {test: 1.5}}, {}, 'must be a share below 1'],
  [{split: {test: 0.1}, perClass: {train: 1}}, {}, 'data takes perClass or split, not both'],
  [{split: {test: 0.1}}, {splits: ['tset']}, 'unknown split: tset; did you mean test?'],
  [{}, {}, 'missing key in data: test'],
]

test.each(refused)('a recipe with data %j and evaluate %j is refused', async (data, evaluate, message) => {
  const folder = await openReviews()
  const reading = tinyRecipe(folder, {task: 'text-classification', data: {...REVIEWS, ...data}, ...HEAD, evaluate})
  await expect(reading).rejects.toMatchObject({kind: 'recipe', message: expect.stringContaining(message)})
})

test('columns named as Alpaca’s are refused with the template that reads them', async () => {
  const folder = await openReviews()
  const data = {train: 'train.jsonl', test: {test: 'test.jsonl'}, columns: {instruction: 'query'}}
  await expect(tinyRecipe(folder, {task: 'instruct', data})).rejects.toThrow(
    "unknown role in data.columns: instruction; known for instruct: messages, prompt, target, system; Alpaca's instruction, input and output need no columns, and data.template writes a prompt of any columns: '{instruction}\\n{input}'",
  )
})

test('what belongs to data of one’s own is refused for a published task', async () => {
  const folder = await openReviews()
  const data = {train: 'a', test: {sst2: 'b'}, columns: {text: 'review'}}
  const reading = tinyRecipe(folder, {task: 'sst2', data, ...HEAD, evaluate: {metric: 'matthews'}})
  await expect(reading).rejects.toThrow(
    /data\.columns is only for data of your own \(task: text-classification[^)]*\); sst2/,
  )
  await expect(reading).rejects.toThrow('evaluate.metric is only for data of your own')
  const pictures = tinyRecipe(folder, {
    task: 'images',
    data: {train: 'a', test: {test: 'b'}, columns: {img: 'c'}},
    ...HEAD,
  })
  await expect(pictures).rejects.toThrow('unknown role in data.columns: img; known for images: image, label')
  const images = tinyRecipe(folder, {task: 'images', data: {train: 'a', split: {test: 0.2}}, ...HEAD})
  await expect(images).rejects.toThrow('data.split cuts files of texts, not images; give data.validation and data.test')
})
