import {Args, Flags} from '@oclif/core'
import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {decodeUtf8} from '../base/text/utf8.ts'
import type {Questions} from '../inspect/ask/open-questions.ts'
import type {Question, QuestionForm} from '../inspect/ask/question-form.ts'
import type {AskOptions} from '../inspect/ask/text-questions.ts'
import {BaseCommand} from './base.ts'
import {finishedRunArg} from './support/flags.ts'

export default class Ask extends BaseCommand {
  static override summary = 'Ask the model of a finished run, before and after training'
  static override description =
    `A causal model decodes greedily, up to the recipe's evaluate.maxNewTokens (128 if the evaluation only measures perplexity) and with the stop strings of the evaluation. An answer that reaches the limit before it ends is marked. The question is put into the prompt used in training, unless --raw is given. A classifier prints the probability of each class; before training, it has the head with which training began. Everything is computed on this machine.

Give as many texts as the model reads: one for a model trained on plain text, which continues it; two for a classifier of pairs; one for each column of data.template, in the order of their first appearance; an instruction and, optionally, its input for a model trained on conversations. "" is an empty text. To a classifier of images, give JPEG or PNG files, any number of them.

Without texts, questions are read from stdin, where a tab separates the texts of a question: each line for a classifier (of images, the path of a file), the whole input for a causal model. At a terminal, questions are asked line by line until Ctrl-D.`

  static override examples = [
    '<%= config.bin %> ask gsm8k-mini-svft-plain "Tom has 3 cups and buys 2 more. How many cups?"',
    '<%= config.bin %> ask glue-mini-lora-r8 "The cat slept." "A cat was asleep."',
    '<%= config.bin %> ask glue-mini-lora-r8 < pairs.tsv',
    '<%= config.bin %> ask gsm8k-mini-svft-plain --raw < prompt.txt',
    '<%= config.bin %> ask vision-mini-lora-r8 photos/*.jpg',
  ]
  static override args = {
    run: finishedRunArg,
    texts: Args.string({
      description:
        'question, or text or image file to classify; several for a model that reads several; default: from stdin',
      multiple: true,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    raw: Flags.boolean({description: 'send the prompt as it is, without the prompt of training around it'}),
  }

  protected override readonly emptyArgs = ['texts']

  override async run(): Promise<object> {
    const {
      args: {run: name, texts},
      flags: {raw},
    } = await this.parse(Ask)
    const {findRun} = await import('../inspect/find-runs.ts')
    const {argumentQuestions, checkQuestions, parseQuestions, readQuestionForm} = await import(
      '../inspect/ask/question-form.ts'
    )
    const signal = this.interruption()
    const run = await findRun(name)
    const form = await readQuestionForm({path: run, name, raw})
    const isDialogue = !texts && process.stdin.isTTY === true && !this.jsonEnabled()
    const asked = isDialogue ? [] : texts ? argumentQuestions(texts, form) : parseQuestions(await readStdin(), form)
    if (!isDialogue) checkQuestions(asked, form)

    this.screen.status(`opening ${run} …`)
    const {openQuestions} = await import('../inspect/ask/open-questions.ts')
    const questions = await openQuestions(run)
    this.screen.clear()
    try {
      if (isDialogue) return {run, asked: await this.converse(questions, {form, raw, signal})}
      const isSingle = asked.length === 1 && (texts !== undefined || form.kind === 'prompt')
      if (isSingle) return {run, replies: [await this.answer(questions, asked[0], {raw, signal})]}
      return {run, replies: await this.classifyAll(questions, asked, signal)}
    } finally {
      await questions.dispose()
    }
  }

  /** Answers what is typed at a terminal, line by line; returns the number of lines. */
  private async converse(questions: Questions, {form, ...options}: AskOptions & {form: QuestionForm}): Promise<number> {
    const {checkQuestions, parseQuestions} = await import('../inspect/ask/question-form.ts')
    const {askLines} = await import('../terminal/ask-lines.ts')
    let asked = 0
    for await (const line of askLines('> ', {input: process.stdin, output: process.stderr, signal: options.signal})) {
      asked++
      if (line.trim() === '') continue
      const [{texts}] = parseQuestions(line, form)
      try {
        checkQuestions([{texts, where: 'this line'}], form)
        await this.answer(questions, {texts}, options)
      } catch (error) {
        if (!(error instanceof Fault) || (error.kind !== 'usage' && form.kind !== 'image')) throw error
        this.logToStderr(error.message)
      }
    }
    return asked
  }

  private async classifyAll(questions: Questions, asked: readonly Question[], signal: AbortSignal) {
    const replies: object[] = []
    for (const question of asked) {
      this.log(`${replies.length > 0 ? '\n' : ''}${escapeLine(question.texts.join(' | '), 200)}`)
      replies.push(await this.answer(questions, question, {raw: false, signal}))
    }
    return replies
  }

  private async answer(questions: Questions, {texts}: Question, options: AskOptions): Promise<object> {
    const {replyText} = await import('../inspect/ask/reply-text.ts')
    if (this.screen.live) this.screen.status('answering …')
    const reply = await questions.ask(texts, options)
    this.screen.clear()
    this.log(replyText(reply))
    return reply
  }
}

/** All of stdin as text, with LF between lines, without a byte order mark and the newlines at its end. */
async function readStdin(): Promise<string> {
  if (process.stdin.isTTY) return ''
  const pieces: Buffer[] = []
  for await (const piece of process.stdin) pieces.push(piece)
  const text = decodeUtf8(Buffer.concat(pieces), 'stdin', '; give it as UTF-8')
  return text.replaceAll('\r\n', '\n').replace(/\n+$/, '')
}
