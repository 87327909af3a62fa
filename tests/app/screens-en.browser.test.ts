import { expect, test } from "vitest";
import { pageErrors } from "../support/app-browser.ts";
import { testScreens } from "../support/app-screens.ts";

testScreens("en");

test("the page has thrown no error and logged none", () => expect(pageErrors).toEqual([]));
