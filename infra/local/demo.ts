import { inspect } from 'node:util';
import { CannotStart } from './cannotStart.ts';
import { stageAt } from './demoStage.ts';
import { playStory } from './demoStory.ts';
import { type LocalStack, startLocalStack } from './stack.ts';

const inMemory = { port: 0, dataDir: ':memory:', empty: true };

/**
 * `npm run demo`: plays how an agency manages its workspaces, against a local stack that lives as long as the story.
 * Rejects as soon as an answer is not the expected one.
 */
export async function playDemo(
  print: (text: string) => void,
  start: () => Promise<Pick<LocalStack, 'url' | 'stop'>> = () => startLocalStack(inMemory),
): Promise<void> {
  const stack = await start();
  try {
    const stage = stageAt(stack.url, print);
    await playStory(stage);
    print(`\nShown, each step with the answer that was expected:\n`);
    for (const [n, title] of stage.shown().entries()) print(`  ${String(n + 1).padStart(2)}. ${title}`);
  } finally {
    await stack.stop();
  }
}

if (import.meta.main) {
  playDemo(console.log).catch((error: unknown) => {
    console.error(error instanceof CannotStart ? error.message : inspect(error));
    process.exitCode = 1;
  });
}
