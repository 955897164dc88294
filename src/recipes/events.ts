import type {StepReport} from '../train/train.ts'

/** What a run tells while it works. All of it is plain data: it crosses threads. */
export type RunEvent =
  | {readonly type: 'warning'; readonly text: string}
  | {readonly type: 'download'; readonly done: number; readonly total: number}
  | {readonly type: 'factors'; readonly done: number; readonly total: number; readonly path: string}
  | {readonly type: 'training'; readonly params: number; readonly steps: number; readonly from: number}
  | {readonly type: 'step'; readonly report: StepReport}
  | {readonly type: 'progress'; readonly what: string; readonly done: number; readonly total: number}
  | {
      readonly type: 'epoch'
      readonly step: number
      readonly split: string
      readonly score: number
      readonly best: boolean
    }
  | {
      readonly type: 'answers'
      readonly split: string
      readonly done: number
      readonly total: number
      readonly correct: number
      readonly tokens: number
    }

/** The same as calls. */
export interface Events {
  warn(text: string): void
  factors(done: number, total: number, path: string): void
  training(params: number, steps: number, from: number): void
  step(report: StepReport): void
  /** Of what has neither steps nor answers: `images`, `score test`. */
  progress(what: string, done: number, total: number): void
  epoch(told: {readonly step: number; readonly split: string; readonly score: number; readonly best: boolean}): void
  answers(
    split: string,
    progress: {readonly done: number; readonly total: number; readonly correct: number; readonly tokens: number},
  ): void
}

export const events = (onEvent: (event: RunEvent) => void): Events => ({
  warn: text => onEvent({type: 'warning', text}),
  factors: (done, total, path) => onEvent({type: 'factors', done, total, path}),
  training: (params, steps, from) => onEvent({type: 'training', params, steps, from}),
  step: report => onEvent({type: 'step', report}),
  progress: (what, done, total) => onEvent({type: 'progress', what, done, total}),
  epoch: told => onEvent({type: 'epoch', ...told}),
  answers: (split, progress) => onEvent({type: 'answers', split, ...progress}),
})
