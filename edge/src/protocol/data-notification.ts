import { type CosemData, readCosemData, TAG } from "./cosem-data.ts";
import { Malformed } from "./malformed.ts";
import { Reader } from "./reader.ts";

/* DataNotification => 0F long-invoke-id-and-priority date-time body
     date-time => 00 | 0C 12 bytes; Kaifa's Nordic firmware puts a type tag before it: 09 0C 12 bytes */
const DATA_NOTIFICATION = 0x0f;
const DATE_TIME_BYTES = 12;

export interface DataNotification {
  invokeId: number;
  /** 12 bytes, or null when the meter states none. */
  dateTime: Uint8Array | null;
  body: CosemData;
}

export const isDataNotification = (apdu: Uint8Array): boolean => apdu[0] === DATA_NOTIFICATION;

/** Reads a whole notification. @throws Malformed also when bytes are left over: a wrong key yields such noise. */
export function readDataNotification(apdu: Uint8Array): DataNotification {
  const reader = new Reader(apdu);
  if (reader.uint8() !== DATA_NOTIFICATION) throw new Malformed("this is no DataNotification");
  const invokeId = reader.uint32();
  let length = reader.uint8();
  if (length === TAG.octetString) length = reader.uint8();
  if (length !== 0 && length !== DATE_TIME_BYTES)
    throw new Malformed(`the notification's time has ${length} bytes instead of 12`);
  const dateTime = length === 0 ? null : reader.take(DATE_TIME_BYTES);
  const body = readCosemData(reader);
  if (reader.left > 0) throw new Malformed(`${reader.left} bytes follow the notification's body`);
  return { invokeId, dateTime, body };
}
