/** The outbox: what has changed and was not told yet. */

import { type DeepPartial, VendureEntity } from '@vendure/core';
import { Column, Entity, Index } from 'typeorm';

export type MarkKind = 'basket' | 'variant' | 'product' | 'catalogue';

/**
 * Says that something has changed, and not how: what is told is the state at the time of telling. A mark is written in the transaction
 * of its change, so that both stand or both fall, and goes when Homing has answered. Marks are only ever added and deleted, so two
 * requests never wait for each other.
 */
@Entity('homing_mark')
export class HomingMark extends VendureEntity {
  constructor(input?: DeepPartial<HomingMark>) {
    super(input);
  }

  @Column({ type: 'varchar', length: 16 })
  kind!: MarkKind;

  /** An order's code, or an id. */
  @Column({ type: 'varchar', length: 191 })
  subject!: string;

  /** Before then it is not tried again. */
  @Index()
  @Column({ type: Date, nullable: true })
  dueAt!: Date | null;

  /** How often it was tried in vain. */
  @Column({ type: 'int', default: 0 })
  tries!: number;
}
