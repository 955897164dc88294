import {Flags} from '@oclif/core'
import {Fault} from '../base/fault.ts'
import type {Questions} from '../inspect/ask/open-models.ts'
import {BaseCommand, optionalArg, requiredArg} from './base.ts'

export default class Ask extends BaseCommand {
  static override summary = 'Ask the model of a finished run, before and after training'
  static override description =
    'A causal model writes its likeliest answer (greedy), with as many tokens and the stop strings of the evaluation; the prompt of training is put around the question, unless --raw is given. A classifier prints the probability of each class; before training its head is as the seed drew it. Without a prompt, the text comes from stdin; at a terminal, questions are asked until Ctrl-D. Everything is computed on this machine.'
  static override examples = [
    '<%= config.bin %> ask gsm8k-mini-svft-plain "Tom has 3 cups and buys 2 more. How many cups?"',
    '<%= config.bin %> ask glue-mini-lora-r8 "The cat slept." "A cat was asleep."',
    '<%= config.bin %> ask gsm8k-mini-svft-plain --raw < prompt.txt',
  ]
  static override args = {
    run: requiredArg("a finished run's folder, its name in runs/, or the beginning of the name"),
    prompt: optionalArg('question, or text to classify; default: from stdin'),
    pair: optionalArg('second text, for classifiers of pairs; on stdin, a tab separates the two texts'),
  }
  static override flags = {
    raw: Flags.boolean({description: 'send the prompt as it is, without the prompt of training around it'}),
  }

  override async run(): Promise<object> {
    const {args, flags} = await this.parse(Ask)
    const {findRun} = await import('../inspect/find-runs.ts')
    const {openQuestions} = await import('../inspect/ask/open-models.ts')
    const signal = this.interruption()
    const run = await findRun(args.run)
    const isDialogue = args.prompt === undefined && process.stdin.isTTY === true && !this.jsonEnabled()
    const text = isDialogue ? '' : (args.prompt ?? (await readStdin()))
    if (!isDialogue && text.trim() === '')
      throw new Fault('usage', 'prompt: empty; give a text after the run, or on stdin')
    this.screen.status(`opening ${run} …`)
    const questions = await openQuestions(run)
    this.screen.clear()
    const options = {raw: flags.raw, signal}
    try {
      if (!isDialogue) return {run, ...(await this.answer(questions, {text, pair: args.pair, ...options}))}
      const {askLines} = await import('../terminal/ask-lines.ts')
      let asked = 0
      for await (const line of askLines('> ', {input: process.stdin, output: process.stderr, signal})) {
        if (line.trim() !== '') await this.answer(questions, {text: line, pair: undefined, ...options})
        asked++
      }
      return {run, asked}
    } finally {
      await questions.dispose()
    }
  }

  private async answer(questions: Questions, question: Question): Promise<object> {
    const {replyText} = await import('../inspect/ask/reply-text.ts')
    if (this.screen.live) this.screen.status('answering …')
    const reply = await replyTo(questions, question)
    this.screen.clear()
    this.log(replyText(reply))
    return reply
  }
}

interface Question {
  readonly text: string
  readonly pair: string | undefined
  readonly raw: boolean
  readonly signal: AbortSignal
}

function replyTo(questions: Questions, {text, pair, ...options}: Question) {
  if (questions.kind === 'text') {
    if (pair !== undefined) throw new Fault('usage', 'pair: only for classifiers of pairs; this model writes answers')
    return questions.ask(text, options)
  }
  const [first, second = pair] = pair === undefined ? text.split('\t') : [text]
  return questions.ask(second === undefined ? [first] : [first, second], options)
}

/** All of stdin, without the newlines at its end. */
async function readStdin(): Promise<string> {
  if (process.stdin.isTTY) return ''
  const pieces: Buffer[] = []
  for await (const piece of process.stdin) pieces.push(piece)
  return Buffer.concat(pieces).toString().replace(/\n+$/, '')
}
