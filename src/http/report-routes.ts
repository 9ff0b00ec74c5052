import express, {
  Router,
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { rateLimit } from 'express-rate-limit';

import { ExporterError } from '../errors.ts';
import { HttpError, sendError } from './http-error.ts';

/** Takes what other processes report. */
export interface ReportIntake {
  /** @throws ExporterError `invalid_report` */
  accept(body: unknown): object;
}

const MAX_REPORT = '1mb';
const MAX_REPORTS_PER_SECOND = 300;

/** `POST /report`, and its description. */
export function reportRoutes(intake: ReportIntake, openApi: object): Router {
  return Router()
    .get('/openapi.json', (_request, response) => void response.json(openApi))
    .post(
      '/report',
      limitRate(),
      expectJson,
      express.json({ limit: MAX_REPORT }),
      notReadable,
      (request: Request, response: Response) => {
        try {
          response.json(intake.accept(request.body));
        } catch (error) {
          if (!(error instanceof ExporterError)) throw error;
          throw new HttpError(400, error.code, error.message);
        }
      },
    );
}

function limitRate(): RequestHandler {
  return rateLimit({
    windowMs: 1000,
    limit: MAX_REPORTS_PER_SECOND,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // It would warn on the console, in words of its own, of proxies in front of this server.
    validate: false,
    handler: (_request, response) => {
      const expected = `expected at most ${MAX_REPORTS_PER_SECOND} reports a second from one address`;
      sendError(response, 429, 'too_many_reports', expected);
    },
  });
}

const expectJson: RequestHandler = (request, response, next) => {
  if (request.is('application/json')) next();
  else sendError(response, 415, 'expected_json', 'expected Content-Type: application/json');
};

/** What express.json says of a body that it could not read. */
const notReadable: ErrorRequestHandler = (error: { status?: number }, _request, response, next) => {
  switch (error.status) {
    case 413:
      return sendError(response, 413, 'report_too_large', `expected at most ${MAX_REPORT}`);
    case 415:
      return sendError(response, 415, 'expected_json', 'expected JSON in UTF-8');
    case 400:
      return sendError(response, 400, 'invalid_json', 'expected a JSON object, of the length that was said');
    default:
      next(error);
  }
};
