import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {letters, modelFolder} from '../../test/models/tokenizer.ts'
import {openFolder} from '../../test/support/cleanup.ts'
import {classFolders} from '../../test/support/data-files.ts'
import {fastest} from '../../test/support/fastest.ts'
import {IGNORED} from '../tensor/cross-entropy.ts'
import {openTokenizer} from '../tokenizer/tokenizer.ts'
import {COMMONSENSE} from './commonsense.ts'
import type {GLUE} from './glue.ts'
import type {IMAGES} from './images.ts'
import {familyOf, GENERATION, TASK_NAMES, TASKS} from './index.ts'
import {type AnyTask, type GenerationTask, SCORERS, scorerOf} from './task.ts'

const folder = openFolder()

const question = (words: string, answer: string) => ({
  instruction: `Please choose the correct answer: a or b?\n\nAnswer format: ${words}`,
  input: '',
  output: `the correct answer is ${answer}`,
  answer,
})

// Samples: every task of the table has one, or npm run check and the first test fail.

interface WrittenSample {
  /** The texts of the question, as `promptOf` takes them. */
  readonly asked: readonly string[]
  readonly train: object
  readonly test: object
  readonly wrong: string
}

/** A training record and a test item of the same question, and a wrong answer of the right form. */
const SAMPLES: Readonly<Record<keyof typeof GENERATION | 'instruct', WrittenSample>> = {
  gsm8k: {
    asked: ['a and b?'],
    train: {query: 'a and b?', response: 'a+b=1,234.\nThe answer is: 1234'},
    test: {query: 'a and b?', response: 'a+b=1,234.\n#### 1,234'},
    wrong: 'The answer is: 1235',
  },
  math: {
    asked: ['a and b?'],
    train: {query: 'a and b?', response: 'It is half.\nThe answer is: \\frac{1}{2}'},
    test: {instruction: 'a and b?', output: 'It is $\\boxed{\\frac{1}{2}}$.'},
    wrong: 'The answer is: \\frac{1}{3}',
  },
  commonsense: sample('true/false', 'true', 'false'),
  boolq: sample('true/false', 'false', 'true'),
  piqa: sample('solution1/solution2', 'solution2', 'solution1'),
  social_i_qa: sample('answer1/answer2/answer3', 'answer3', 'answer1'),
  hellaswag: sample('ending1/ending2/ending3/ending4', 'ending4', 'ending2'),
  winogrande: sample('option1/option2', 'option1', 'option2'),
  'ARC-Easy': sample('answer1/answer2/answer3/answer4', 'answer4', 'answer3'),
  'ARC-Challenge': sample('answer1/answer2/answer3/answer4/answer5', 'answer5', 'answer4'),
  openbookqa: sample('answer1/answer2/answer3/answer4', 'answer2', 'answer1'),
  instruct: {
    asked: ['a and b?'],
    train: {instruction: 'a and b?', input: '', output: 'a b'},
    test: {
      messages: [
        {role: 'user', content: 'a and b?'},
        {role: 'assistant', content: 'a b'},
      ],
    },
    wrong: 'b a',
  },
}

const PAIR = {sentence1: 'A.', sentence2: 'B.'}

/** A labelled example, as the hub has it; `other` is one of another class, where the data decide the classes. */
interface LabelledSample {
  readonly fields: object
  readonly other?: object
  readonly label: number
}

const TEXTS: Readonly<Record<string, LabelledSample>> = {
  cola: {fields: {sentence: 'A.', label: 1}, label: 1},
  sst2: {fields: {sentence: 'A.', label: 0}, label: 0},
  mrpc: {fields: {...PAIR, label: 1}, label: 1},
  stsb: {fields: {...PAIR, label: 4.75}, label: 4.75},
  qqp: {fields: {question1: 'A?', question2: 'B?', label: 0}, label: 0},
  mnli: {fields: {premise: 'A.', hypothesis: 'B.', label: 2}, label: 2},
  qnli: {fields: {question: 'A?', sentence: 'B.', label: 0}, label: 0},
  rte: {fields: {...PAIR, label: 1}, label: 1},
  'text-classification': {fields: {text: 'A.', label: 'yes'}, other: {text: 'B.', label: 'no'}, label: 1},
} satisfies Record<keyof typeof GLUE | 'text-classification', LabelledSample>

/** A text to learn. */
const LANGUAGE: Readonly<Record<string, object>> = {text: {text: 'a b'}}

/** A number of classes that a source of the task may have. */
const CLASSES: Readonly<Record<string, number>> = {
  cifar100: 100,
  flowers102: 102,
  food101: 101,
  resisc45: 45,
  images: 3,
} satisfies Record<keyof typeof IMAGES, number>

function sample(words: string, answer: string, other: string): WrittenSample {
  const right = question(words, answer)
  return {asked: [right.instruction], train: right, test: right, wrong: question(words, other).output}
}

async function file(name: string, ...values: readonly object[]): Promise<string> {
  const path = join(folder, `${name}.json`)
  await writeFile(path, JSON.stringify(values))
  return path
}

const model = await modelFolder({
  'tokenizer.json': letters(),
  'tokenizer_config.json': {
    bos_token: '<s>',
    eos_token: '</s>',
    chat_template: "{% for m in messages %}{{ m.content }}{{ '</s>' if m.role == 'assistant' else ' ' }}{% endfor %}",
  },
})
const tokenizer = await openTokenizer(model)

const tasks = Object.entries<GenerationTask>(GENERATION).filter(([name]) => name in SAMPLES) as [
  keyof typeof GENERATION,
  GenerationTask,
][]
const instruct = (await TASKS.instruct.open?.({folder: model, tokenizer})) as GenerationTask
/** The published tasks, and that for the user's own data with the chat template of the model. */
const written: [keyof typeof SAMPLES, GenerationTask][] = [...tasks, ['instruct', instruct]]

test('every task of the table has a sample here', () => {
  const sampled = [SAMPLES, TEXTS, LANGUAGE, CLASSES].flatMap(samples => Object.keys(samples))
  expect(sampled.sort(), 'add a sample of the missing task to one of these four tables').toEqual([...TASK_NAMES].sort())
})

test.each(Object.entries<AnyTask>(TASKS))(
  '%s bears the name it is listed under, a family and lengths',
  (name, task) => {
    expect(task.name).toBe(name)
    expect(familyOf(name)).toBe(task.family)
    const {trained, prompt, answer} = task.lengths
    expect(Math.min(trained, prompt)).toBeGreaterThan(0)
    expect(answer > 0).toBe(task.kind === 'generation')
  },
)

test('published tasks decode as their official evaluations', () => {
  expect(GENERATION.gsm8k.decoding).toEqual({beams: 1, maxNewTokens: 512})
  expect(GENERATION.math.decoding).toEqual({beams: 1, maxNewTokens: 2048})
  for (const {name, decoding} of Object.values(COMMONSENSE))
    expect(decoding, name).toEqual({beams: 4, maxNewTokens: 32})
})

test.each(Object.entries<AnyTask>(TASKS))('%s reads its sample, and no other record', async (name, task) => {
  if (task.kind === 'texts') {
    const {fields, other, label} = TEXTS[name]
    const source = await file('texts', fields, ...(other ? [other] : []))
    const classes = await task.readClasses?.(source)
    const [first] = await task.readExamples(source, {classes})
    expect(first).toMatchObject({label})
    expect(task.inputs).toHaveLength(first.pair === undefined ? 1 : 2)
    for (const {name} of task.inputs) expect(fields).toHaveProperty(name)
    await expect(task.readExamples(await file('texts', {label: 0}))).rejects.toMatchObject({kind: 'input'})
  } else if (task.kind === 'images') {
    const {classes, images} = await task.readExamples(classFolders(CLASSES[name]))
    expect([classes.length, images.length]).toEqual([CLASSES[name], CLASSES[name]])
    await expect(task.readExamples(join(folder, 'nowhere'))).rejects.toMatchObject({kind: 'io'})
  } else if (task.kind === 'language') {
    const examples = await task.readExamples(await file('language', LANGUAGE[name]))
    const {examples: encoded} = await task.encode(tokenizer, examples, 16)
    expect(encoded.map(({ids, labels}) => [ids.at(-1), labels])).toEqual([[tokenizer.eos, encoded[0].ids]])
    await expect(task.readExamples(await file('language', {label: 0}))).rejects.toMatchObject({kind: 'input'})
  } else {
    const opened = (await task.open?.({folder: model, tokenizer})) ?? task
    await expect(opened.readTest(await file('test', {label: 0}))).rejects.toMatchObject({kind: 'input'})
    await expect(opened.readTraining(await file('train', {label: 0}))).rejects.toMatchObject({kind: 'input'})
  }
})

test.each(written)('%s: all its scorers find the training target correct', async (name, task) => {
  const [example] = await task.readTraining(await file('train', SAMPLES[name].train))
  const [item] = await task.readTest(await file('test', SAMPLES[name].test))
  const gold = item.gold!
  const judged = SCORERS.map(scorer => {
    const {extract, correct} = scorerOf(task, scorer)
    const extracted = extract(example.target.replace('</s>', '')) // a special token, which no output has
    return extracted !== undefined && correct(extracted, gold)
  })
  expect(judged).toEqual([true, true, true])
})

test.each(written)('%s: its scorers find another answer wrong, and no answer in an empty text', async (name, task) => {
  const {gold} = (await task.readTest(await file('test', SAMPLES[name].test)))[0]
  for (const scorer of SCORERS) {
    const {extract, correct} = scorerOf(task, scorer)
    const [other, empty] = [extract(SAMPLES[name].wrong), extract('')]
    expect(other === undefined || correct(other, gold!)).toBe(false)
    expect(empty !== undefined && correct(empty, gold!)).toBe(false)
  }
})

test.each(tasks)('%s: the strict scorer accepts no answer with more text after it', async (name, task) => {
  const [{target}] = await task.readTraining(await file('train', SAMPLES[name].train))
  expect(String(task.extract(`${target}\nAnd so on.`))).toContain(String(task.extract(target)))
  expect(task.stricter.strict.extract(`${target}\nAnd so on.`)).toBeUndefined()
  expect(task.stricter.strict.extract(` ${target}.\n`)).toBe(task.extract(target))
})

test.each(written)(
  '%s: examples become ids with as many labels, which count at least the target text',
  async (name, task) => {
    const examples = await task.readTraining(await file('train', SAMPLES[name].train))
    const {
      examples: [{ids, labels}],
    } = await task.encode(tokenizer, examples, 512)
    expect(labels).toHaveLength(ids.length)
    expect(ids.at(-1)).toBe(tokenizer.eos)
    const counted = labels.filter(label => label !== IGNORED)
    expect(counted.length).toBeGreaterThan(1)
    expect(ids.slice(-counted.length)).toEqual(counted)
    expect((await task.encode(tokenizer, examples, ids.length - 1)).examples[0].ids).toEqual(ids.slice(0, -1))
  },
)

test.each(tasks)(
  '%s: a test prompt ends where the answer begins, and has the question of training',
  async (name, task) => {
    const [{prompt}] = await task.readTest(await file('test', SAMPLES[name].test))
    expect(prompt).toMatch(/### Response:[^#]*$/)
    const [example] = await task.readTraining(await file('train', SAMPLES[name].train))
    const instruction = (text: string) => text.split('### Instruction:')[1].split('### ')[0].trim()
    expect(instruction(prompt)).toBe(instruction(example.prompt))
  },
)

test.each(written)('%s: the prompt around a question is that of training', async (name, task) => {
  const {asked, train} = SAMPLES[name]
  const [example] = await task.readTraining(await file('train', train))
  expect(await task.promptOf(asked)).toBe(example.prompt)
})

test.each(written)('%s: 100 kB of anything are read in less than 50 ms', async (_, task) => {
  for (const piece of ['The answer is: ', 'the correct answer is ', '### Response', '1,234', 'answer', ' \n', '.\n']) {
    const text = `The answer is: ${piece.repeat(100_000 / piece.length)}`
    for (const scorer of SCORERS) expect(await fastest(() => scorerOf(task, scorer).extract(text))).toBeLessThan(50)
  }
})
