import {BaseCommand} from './base.ts'
import {optionalArg} from './support/flags.ts'

export default class Runs extends BaseCommand {
  static override summary = 'List runs with their state, loss and score'
  static override description =
    "Lists the newest run first. state is running, done, checkpointed (stopped with its state saved), failed, lost (its process died), pending (stopped before its first checkpoint) or unreadable. step counts the steps done, or those saved if the run has stopped; loss is that of the last step; score is that of the recipe's first split, times 100; age is the time since a file of the run changed. If runs of one recipe differ, like the trials of a search, the values that differ follow their names. Files are only read. svft run with the same recipe resumes a run that is checkpointed, failed or lost."
  static override examples = [
    '<%= config.bin %> runs',
    '<%= config.bin %> runs /shared/team/runs',
    '<%= config.bin %> runs --json',
  ]
  static override args = {
    folder: optionalArg('folder of runs; default: runs'),
  }

  override async run(): Promise<object> {
    const {args} = await this.parse(Runs)
    const {listRuns} = await import('../inspect/list-runs.ts')
    const {runsText} = await import('../inspect/runs-text.ts')
    const runs = await listRuns(args.folder)
    this.log(runs.length === 0 ? 'no runs; svft run makes one' : runsText(runs, Date.now()))
    return {runs}
  }
}
