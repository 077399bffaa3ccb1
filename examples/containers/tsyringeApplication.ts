// An application that lives in tsyringe composes a model inside its own container: the workbench takes the application's
// logger, the model becomes a service beside the others, and one call frees it all.
// Run: npm run build && node examples/containers/tsyringeApplication.ts (Node 22.18 or newer)
import 'reflect-metadata';
import { fileURLToPath } from 'node:url';
import { tsyringeContainer } from '@tessera/core/tsyringe';
import { createWorkbench, logger, memoryDataset, type Logger } from 'tessera';
import { container as root, type DependencyContainer } from 'tsyringe';

/** Where the help desk writes what happens; it was there before the model. */
export class Journal implements Logger {
  readonly lines: string[] = [];

  info(message: string): void {
    this.lines.push(`info ${message}`);
  }

  warn(message: string): void {
    this.lines.push(`warn ${message}`);
  }
}

/** Says which team a ticket is for. */
export class HelpDesk {
  constructor(
    private readonly model: TeamModel,
    private readonly journal: Logger,
  ) {}

  async route(ticket: string): Promise<string> {
    const { team } = await this.model.predict({ text: ticket });
    this.journal.info(`"${ticket}" is for ${team.label}`);
    return team.label;
  }
}

/** What the help desk needs of a model; tests give it another. */
interface TeamModel {
  predict(inputs: { readonly text: string }): Promise<{ readonly team: { readonly label: string } }>;
}

/** Puts the help desk and its model into the application's container. */
export async function addHelpDesk(application: DependencyContainer): Promise<{ dispose(): void }> {
  const workbench = await createWorkbench({ container: tsyringeContainer(application), backend: 'wasm' });
  const model = await workbench.build(
    {
      modalities: { text: { encoder: 'bow', dimension: 8 } },
      fusion: { type: 'concat' },
      heads: { team: { type: 'single-label', labels: ['network', 'printing'] } },
    },
    { training: memoryDataset({ train: tickets }).splits.train },
  );
  application.register('Model', { useValue: model });
  application.register(HelpDesk, {
    useFactory: (services) => new HelpDesk(services.resolve('Model'), services.resolve(logger.key)),
  });
  return workbench;
}

/** What the words are learned from; an application would load a trained run instead. */
const tickets = [
  { inputs: { text: 'the printer is out of paper' }, targets: { team: 'printing' } },
  { inputs: { text: 'no wifi in the hall' }, targets: { team: 'network' } },
];

/** The application: its container, one ticket, the end. Returns what the journal holds. */
export async function main(): Promise<readonly string[]> {
  const application = root.createChildContainer();
  const journal = new Journal();
  application.register(logger.key, { useValue: journal });
  const desk = await addHelpDesk(application);
  await application.resolve(HelpDesk).route('the printer is out of paper');
  desk.dispose();
  return journal.lines;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await main()).join('\n'));
