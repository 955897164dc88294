import {Fault} from '../../base/fault.ts'
import {pluralize} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import {shellWords} from '../../base/text/shell-words.ts'
import {readFinished} from '../../exchange/finished-run.ts'
import {taskOf} from '../../recipes/file/task-of.ts'
import type {TaskInput} from '../../tasks/task.ts'

/** What a question to a finished run consists of. */
export interface QuestionForm {
  /** How the run is named on the command line. */
  readonly name: string
  /** What the model reads: a prompt that it continues, a text or a pair that it classifies, or an image file. */
  readonly kind: 'prompt' | 'texts' | 'image'
  readonly inputs: readonly TaskInput[]
}

/** The texts of one question, and where they were read if that was not the command line. */
export interface Question {
  readonly texts: readonly string[]
  readonly where?: string
}

interface FormOptions {
  /** The run's folder. */
  readonly path: string
  readonly name: string
  /** Whether a causal model gets the whole prompt as one text. */
  readonly raw: boolean
}

/** Reads what the model of a finished run takes. @throws Fault 'usage' if that is nothing `raw` */
export async function readQuestionForm({path, name, raw}: FormOptions): Promise<QuestionForm> {
  const {recipe} = await readFinished(path)
  const task = taskOf(recipe)
  if (raw && (task.kind === 'texts' || task.kind === 'images'))
    throw new Fault('usage', `${path}: the model classifies ${task.kind}; --raw is for models that write text`)
  if (task.kind === 'texts') return {name, kind: 'texts', inputs: task.inputs}
  if (task.kind === 'images') return {name, kind: 'image', inputs: [{name: 'image file'}]}
  return {name, kind: 'prompt', inputs: raw ? [{name: 'prompt'}] : task.inputs}
}

/** The questions in arguments: for a classifier of images one in each, else one in all. */
export const argumentQuestions = (texts: readonly string[], {kind}: QuestionForm): readonly Question[] =>
  kind === 'image' ? texts.map(text => ({texts: [text]})) : [{texts}]

/**
 * The questions in a text: a classifier has one on each line, the path of an image, or texts separated by a tab. A prompt of a
 * causal model may have several lines, so the whole text is one question, and a tab separates its texts if there are several.
 */
export function parseQuestions(text: string, {kind, inputs}: QuestionForm): readonly Question[] {
  if (kind === 'prompt') return [{texts: inputs.length === 1 ? [text] : text.split('\t'), where: 'stdin'}]
  return text
    .split(/\r?\n/)
    .map((line, i): Question => ({texts: kind === 'image' ? [line] : line.split('\t'), where: `stdin, line ${i + 1}`}))
    .filter(({texts}) => texts.some(text => text.trim() !== ''))
}

/** Checks that each question has the texts that the model reads. @throws Fault 'usage' */
export function checkQuestions(questions: readonly Question[], form: QuestionForm): void {
  if (questions.every(({texts}) => texts.every(text => text.trim() === ''))) throw new Fault('usage', EMPTY[form.kind])
  for (const question of questions) checkCount(question, form)
}

const EMPTY: Readonly<Record<QuestionForm['kind'], string>> = {
  prompt: "prompt: empty or blank; give a text after the run's name, or on stdin",
  texts: "text: empty or blank; give a text to classify after the run's name, or on stdin",
  image: "image file: missing; give JPEG or PNG files after the run's name, or their paths on stdin",
}

function checkCount({texts, where}: Question, {name: run, kind, inputs}: QuestionForm): void {
  const required = inputs.filter(({isOptional}) => !isOptional).length
  if (texts.length >= required && texts.length <= inputs.length) return
  const count = required < inputs.length ? `${required} or ${inputs.length}` : String(required)
  const names = inputs.map(({name, isOptional}) => `${escapeLine(name, 60)}${isOptional ? ', optional' : ''}`)
  const example = shellWords(['svft', 'ask', run, ...inputs.map(({name}) => `<${name}>`)])
  const advice = where === undefined ? `for example: ${example}` : 'a tab separates texts'
  const message = `${where ?? (kind === 'texts' ? 'texts' : 'prompt')}: ${pluralize(texts.length, 'text')}, but the model reads ${count} (${names.join(', ')}); ${advice}`
  throw new Fault('usage', message)
}
