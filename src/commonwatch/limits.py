"""Every named limit of Commonwatch, in one place; relations between them are asserted here."""

from __future__ import annotations

# Runge-Kutta steps, and states given out, of one powered ascent: 50 minutes at the longest step.
ASCENT_STEPS_MAX = 12_000


# Catalogue of published launches: ten times what comes with the program.
CATALOGUE_ROWS_MAX = 4_000
CATALOGUE_CHARACTERS_MAX = 4_000_000

# What is read of observation files.
SENSORS_MAX = 10_000
SENSORS_FILE_BYTES_MAX = 8 * 1024 * 1024
SENSOR_ID_CHARACTERS_MAX = 64
PLOT_LINE_BYTES_MAX = 4096
PLOT_LINES_MAX = 3_000_000
PLOTS_FILE_BYTES_MAX = 256 * 1024 * 1024
REJECTED_REPORTED_MAX = 1000

# Characters of a reason that a partner or the ledger is told; days of a term on items.
ITEM_WHY_CHARACTERS_MAX = 120
ITEM_DAYS_MAX = 3650.0

# Release officers: how many, what their files hold, how long an approval is good for.
OFFICERS_MAX = 64
OFFICERS_FILE_BYTES_MAX = 64 * 1024
APPROVALS_FILE_BYTES_MAX = 4 * 1024 * 1024
APPROVAL_AGE_MAX_S = 24.0 * 3600.0

# Agreements and orders.
AGREEMENT_FILE_BYTES_MAX = 256 * 1024
AGREEMENT_PARTIES_MAX = 64
# What a field may be told late by, and so how long the past of every track is remembered.
FIELD_DELAY_MAX_S = 3600.0
ORDER_TEXT_CHARACTERS_MAX = 64
ORDER_CLOCK_TOLERANCE_S = 5.0
# What one party holds: all revisions of its agreements, and all orders on them.
BOOK_DOCUMENTS_MAX = 1_000
BOOK_ORDERS_MAX = 1_000
EXCHANGE_FILE_BYTES_MAX = 64 * 1024 * 1024

# Joint assessments.
JOINT_FILE_BYTES_MAX = 1024 * 1024
JOINT_PARTIES_MAX = 16
TRACKS_FILE_BYTES_MAX = 256 * 1024 * 1024

# Consents: names of one list (a day of bulletins one by one would be granted by class), texts, the
# file of one, and how many a gate is asked with, or are withdrawn by one originator.
CONSENT_NAMES_MAX = 1_000
CONSENT_TEXT_CHARACTERS_MAX = 128
CONSENT_PURPOSE_CHARACTERS_MAX = 1_024
CONSENT_FILE_BYTES_MAX = 256 * 1024
CONSENTS_MAX = 10_000

# Revisions of the rules of release, and what is said of one.
RULES_REVISIONS_MAX = 10_000
RULES_TEXT_CHARACTERS_MAX = 256

# The gate's table: agreements, rows of each, pairs of nations whose standing is remembered.
POLICY_TEXT_CHARACTERS_MAX = 256 * 1024
TABLE_AGREEMENTS_MAX = 256
TABLE_ROWS_MAX = 4_096
STANDINGS_MAX = 4_096
# Sets of agreements that are remembered, the newest; rulings remembered of each pair of nations.
AGREEMENT_SETS_MAX = 16
RULINGS_REMEMBERED_MAX = 256

# Bulletins.
BULLETIN_SOURCES_MAX = 64
BULLETIN_DELAYED_FIELDS_MAX = 16
BULLETIN_TEXT_CHARACTERS_MAX = 128

# Labelled documents (ADatP-4774, ADatP-4778): bytes of a file, bindings of it, labels and data of a
# binding, categories of a label, values of one, characters of a text and of one that a reason
# quotes, reasons told, nesting of CBOR.
MARKING_FILE_BYTES_MAX = 2 * 1024 * 1024
MARKING_BINDINGS_MAX = 256
MARKING_LABELS_MAX = 16
MARKING_DATA_MAX = 64
MARKING_CATEGORIES_MAX = 64
MARKING_VALUES_MAX = 256
MARKING_TEXT_CHARACTERS_MAX = 256
QUOTED_CHARACTERS_MAX = 60
MARKING_REASONS_MAX = 1_000
MARKING_CBOR_DEPTH_MAX = 16

# Warnings: regions that one file may hold, corners of all their outlines, what one warning may
# rest on.
WARN_REGIONS_MAX = 5_000
WARN_CORNERS_MAX = 500_000
WARN_SOURCES_MAX = 50
WARN_REFERENCES_MAX = 100
# CAP files of anyone: the largest national ones are under 2 MB.
CAP_FILE_BYTES_MAX = 8 * 1024 * 1024
CAP_REASONS_MAX = 1_000
CAP_POLYGON_CORNERS_MAX = 500_000

# The estimator: plots kept for the launch point, plots not
# yet in a track.
ASCENT_PLOTS_MAX = 80
# Seconds of a burning track's path that are remembered, to see what parts from it.
PATH_STATES_MAX = 400
LOOSE_PLOTS_MAX = 50_000
TRACKS_MAX = 100_000

# Envelopes, sequences, ledgers.
BUNDLE_MESSAGES_MAX = 32
# How long the first of a bundle may wait for others.
BUNDLE_WAIT_MAX_S = 0.004
ENVELOPE_BYTES_MAX = 1024 * 1024
ENVELOPE_SIGNATURES_MAX = 4
REPLAY_GAPS_MAX = 1024
SEQUENCE_JUMP_MAX = 1_000_000
SEQUENCE_MAX = 2**53
LEDGER_RECORD_BYTES_MAX = 2 * ENVELOPE_BYTES_MAX
REASONS_REPORTED_MAX = 100
# Ledger heads: one is shown each so many seconds; one envelope, those remembered of each nation to
# be compared, partners that one is passed on to, a file of evidence.
HEAD_INTERVAL_S = 10.0
HEAD_ENVELOPE_BYTES_MAX = 1024
HEADS_REMEMBERED_MAX = 360
HEAD_RELAYS_MAX = 2
EVIDENCE_FILE_BYTES_MAX = 16 * 1024 * 1024

# After release: items or copies that a list in a message names, items with a standing of their
# own, custody registers, persons in one.
ITEMS_OF_MESSAGE_MAX = 256
ITEMS_BARRED_MAX = 1_000_000
CUSTODY_FILE_BYTES_MAX = 1024 * 1024  # it lies whole in one record of the ledger
CUSTODY_PERSONS_MAX = 10_000

# Longest coast of a simulated flight: what is still up then counts as in orbit.
FLIGHT_TIME_MAX_S = 6.0 * 3600.0
# Scans of all sensors times objects in one simulated pass.
PLOTS_SIMULATED_MAX = 5_000_000
# Boosters drawn for a random flight until one can fly it.
DRAWS_MAX = 40
# Steps of 0.1 s that a simulated glide may take.
GLIDE_STEPS_MAX = 36_000

# Between nodes.
KEYS_EXPANDED_MAX = 64
# Within 50 ms of an order it must bite and be recorded: statements put to the gate, and envelopes
# taken in, before orders are looked at again; records that may wait then to be made durable.
STATEMENTS_BETWEEN_LOOKS_MAX = 8
RECORDS_BETWEEN_LOOKS_MAX = 128
GROUP_DELAY_MAX_S = 5.0
BUS_QUEUE_MAX = 4096
PROGRESS_RANGES_MAX = 64
PROGRESS_BYTES_MAX = 8 * 1024
# Envelopes sent again in answer to one word of a partner.
RESEND_AT_ONCE_MAX = 512
HELD_OBJECTS_MAX = 100_000
# A simulation: nodes of one, events of one, seeds of one command, violations told of one.
SIMULATION_NODES_MAX = 16
SIMULATION_EVENTS_MAX = 5_000_000
SIMULATION_SEEDS_MAX = 10_000_000
SIMULATION_VIOLATIONS_MAX = 100
# Runs in which a failing plan is made smaller; failing plans of a command that are told whole.
SIMULATION_SHRINKS_MAX = 60
SIMULATION_FAILURES_MAX = 5
# States of one flight's path: a flight of a day every second.
FLIGHT_PATH_STATES_MAX = 100_000

# Unpowered arcs: the longest followed, rows of one batch, states of one path, points of one
# conversion.
ARC_DURATION_MAX_S = 24.0 * 3600.0
ARC_BATCH_ROWS_MAX = 1_000_000
ARC_PATH_STATES_MAX = 1_000_000
FRAME_ROWS_MAX = 10_000_000

# Replays.
TRUTH_FILE_BYTES_MAX = 64 * 1024 * 1024
REPLAY_NODES_MAX = 16
IDENTITY_FILE_BYTES_MAX = 256 * 1024
# Folders of nations in one folder of keys; bytes of a public key as text.
KEY_FOLDERS_MAX = 256
PUBLIC_KEY_FILE_BYTES_MAX = 256
EXPORT_FILE_BYTES_MAX = 1024 * 1024 * 1024
CLOSED_OBJECTS_MAX = 10_000

# Calibration: flights of a class, draws until one can be flown, processes, bytes of rows kept.
CALIBRATION_FLIGHTS_MAX = 1_000_000
CALIBRATION_DRAWS_MAX = 20
CALIBRATION_WORKERS_MAX = 256
CALIBRATION_ROWS_BYTES_MAX = 8 * 1024 * 1024 * 1024

# Faults of a lane of `bench faults`, and how long it may begin new ones.
FAULT_TIMES_MAX = 1_000_000
FAULT_MINUTES_MAX = 10_000.0

# Second tracks beside another, of which a sensor in error may be the maker, looked into at once.
SENSOR_DISPUTES_MAX = 64

# A node as a service: bytes of its configuration and of a partner's identity file; lines of its
# feed that wait to be read, plots that wait for their second, seconds a plot may be late, seconds
# of data that one plot may move the clock on by; lines that wait to be written out; bytes of plots
# that are kept to start again from, and so many that they are begun anew once nothing flies.
NODE_FILE_BYTES_MAX = 64 * 1024
NODE_IDENTITY_BYTES_MAX = 64 * 1024
FEED_LINES_WAITING_MAX = 20_000
FEED_PLOTS_WAITING_MAX = 200_000
FEED_LATE_MAX_S = 60.0
FEED_JUMP_MAX_S = 7_200.0
OUTPUT_LINES_WAITING_MAX = 10_000
PLOTS_KEPT_BYTES_MAX = 256 * 1024 * 1024
PLOTS_KEPT_ANEW_BYTES = 16 * 1024 * 1024

# The link between two nodes' servers: partners of one node; what a frame has beside its envelope;
# frames that may be under way to a partner, or lie with it unread, and their bytes; of these what
# the backlog may fill, so that the live lane finds room; what waits for room in our own queues.
LINK_PARTNERS_MAX = 64
LINK_HEAD_BYTES = 16
LINK_FRAME_BYTES_MAX = ENVELOPE_BYTES_MAX + LINK_HEAD_BYTES
LINK_IN_FLIGHT_MAX = 256
LINK_IN_FLIGHT_BYTES_MAX = 4 * ENVELOPE_BYTES_MAX
LINK_BACKLOG_IN_FLIGHT_MAX = LINK_IN_FLIGHT_MAX // 2
LINK_QUEUE_BYTES_MAX = 64 * 1024 * 1024
# What one partner is read at: envelopes and bytes a second.
LINK_ENVELOPES_A_SECOND_MAX = 4_000
LINK_BYTES_A_SECOND_MAX = 64 * 1024 * 1024
# Bytes that the server holds for a connection that does not read; then it cuts the connection.
LINK_SERVER_PENDING_BYTES_MAX = 16 * 1024 * 1024
LINK_SERVER_LOG_BYTES_MAX = 8 * 1024 * 1024
LINK_CERTIFICATE_BYTES_MAX = 16 * 1024
LINK_CERTIFICATE_DAYS_MAX = 397
# Restarts of a server that ended by itself, within one hour.
LINK_SERVER_RESTARTS_MAX = 5

# What the backlog may fill of the window leaves room for the live lane; the server holds more than
# the window lets us give it, so that it does not cut an honest connection.
if not LINK_BACKLOG_IN_FLIGHT_MAX < LINK_IN_FLIGHT_MAX < BUS_QUEUE_MAX:
    raise AssertionError("the live lane must find room beside the backlog")
if not 2 * LINK_IN_FLIGHT_BYTES_MAX <= LINK_SERVER_PENDING_BYTES_MAX:
    raise AssertionError("the server must hold what the window lets through")
