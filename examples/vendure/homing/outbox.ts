/** Empties the outbox, as soon as there is something in it and Homing answers. */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import {
  EventBus,
  Logger,
  OrderPlacedEvent,
  ProcessContext,
  TransactionalConnection,
} from '@vendure/core';
import { In, IsNull, LessThanOrEqual } from 'typeorm';
import { Baskets } from './baskets';
import { Catalogue } from './catalogue';
import { Unreachable } from './edge';
import { HomingMark } from './mark.entity';
import { HOMING_OPTIONS, type HomingOptions, LOG } from './options';

/** Marks that are looked at in one go. */
const BATCH = 500;

/** The longest wait between two tries, ms: a key that was wrong for a while is noticed when it is right. */
const LONGEST_MS = 300_000;

@Injectable()
export class Outbox implements OnApplicationBootstrap, OnApplicationShutdown {
  @Inject(HOMING_OPTIONS) private readonly options!: HomingOptions;
  @Inject(TransactionalConnection) private readonly connection!: TransactionalConnection;
  @Inject(ProcessContext) private readonly process!: ProcessContext;
  @Inject(EventBus) private readonly events!: EventBus;
  @Inject(Baskets) private readonly baskets!: Baskets;
  @Inject(Catalogue) private readonly catalogue!: Catalogue;
  private readonly stop = new AbortController();
  private nudge = new AbortController();
  private work: Promise<void> | undefined;

  async onApplicationBootstrap() {
    // Workers of Vendure write marks as well; its servers tell.
    if (!this.process.isServer) return;
    // What changed while the plugin was not there. What Homing knows already is written nowhere.
    await this.marks.insert({ kind: 'catalogue', subject: 'all' });
    // An order does not wait for the next look.
    this.events.ofType(OrderPlacedEvent).subscribe(() => this.nudge.abort());
    this.work = this.run();
  }

  async onApplicationShutdown() {
    this.stop.abort();
    this.nudge.abort();
    await this.work;
  }

  private get marks() {
    return this.connection.rawConnection.getRepository(HomingMark);
  }

  private async run() {
    while (!this.stop.signal.aborted) {
      this.nudge = new AbortController();
      await this.pass().catch((error) => Logger.error(`outbox: ${error}`, LOG));
      if (this.stop.signal.aborted) return;
      await sleep(this.options.everyMs ?? 1_000, undefined, { signal: this.nudge.signal }).catch(
        () => {},
      );
    }
  }

  /** Tells what is due: orders and carts first. */
  private async pass() {
    const due = await this.marks.find({
      where: [{ dueAt: IsNull() }, { dueAt: LessThanOrEqual(new Date()) }],
      order: { id: 'ASC' },
      take: BATCH,
    });
    const baskets = due.filter(({ kind }) => kind === 'basket');
    for (const code of new Set(baskets.map(({ subject }) => subject))) {
      const marks = baskets.filter(({ subject }) => subject === code);
      // After a while without Homing, a cart is as old as its last change, not as the telling.
      const changedAt = Math.max(...marks.map(({ createdAt }) => createdAt.getTime()));
      await this.attempt(marks, () => this.baskets.tell(code, changedAt));
    }
    const rest = due.filter(({ kind }) => kind !== 'basket');
    const subjects = (kind: string) =>
      rest.filter((mark) => mark.kind === kind).map(({ subject }) => subject);
    const isAll = rest.some(({ kind }) => kind === 'catalogue');
    await this.attempt(rest, () =>
      isAll
        ? this.catalogue.tellAll()
        : this.catalogue.tell(subjects('variant'), subjects('product')),
    );
  }

  /** Marks go when what they stand for was told; those that came meanwhile stay. */
  private async attempt(marks: HomingMark[], tell: () => Promise<void>) {
    if (marks.length === 0 || this.stop.signal.aborted) return;
    const ids = In(marks.map(({ id }) => id));
    try {
      await tell();
      await this.marks.delete({ id: ids });
    } catch (error) {
      const tries = Math.max(...marks.map((mark) => mark.tries)) + 1;
      const asked = error instanceof Unreachable ? (error.waitMs ?? 0) : 0;
      const growing = 1_000 * 2 ** Math.min(tries - 1, 16) * (1 + Math.random() / 2);
      const waitMs = Math.max(asked, Math.min(LONGEST_MS, growing));
      await this.marks.update({ id: ids }, { tries, dueAt: new Date(Date.now() + waitMs) });
      const what = [...new Set(marks.map(({ kind }) => kind))].join(', ');
      const text = `${what} not told yet (${tries}): ${error}`;
      if (error instanceof Unreachable) Logger.warn(text, LOG);
      else Logger.error(text, LOG);
    }
  }
}
