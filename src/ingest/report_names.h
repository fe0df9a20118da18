// What the fields of a report are called: in the current shape, in that of the Go SDK before
// February 2026, and in the simplified one. Source: ingest 3.2 to 3.10.
#pragma once

#include "ingest/json_members.h"

#include <array>
#include <cstdint>

namespace traceway::ingest {

enum class ReportField : std::uint8_t { kFrames, kAppVersion, kServerName, kCount };

inline constexpr auto kReportNames = std::to_array<MemberName<ReportField>>({
    {"collectionFrames", ReportField::kFrames},
    {"collection_frames", ReportField::kFrames},
    {"appVersion", ReportField::kAppVersion},
    {"app_version", ReportField::kAppVersion},
    {"serverName", ReportField::kServerName},
    {"server_name", ReportField::kServerName},
    {"app", ReportField::kServerName},
});

/// Lists of one kind stay apart: all of them are read, one after the other.
enum class FrameField : std::uint8_t {
  kFrameId,
  kSessions,
  kTraces,
  kTransactions,
  kStackTraces,
  kExceptions,
  kMetrics,
  kSessionRecordings,
  kCount
};

inline constexpr auto kFrameNames = std::to_array<MemberName<FrameField>>({
    {"frameId", FrameField::kFrameId},
    {"frame_id", FrameField::kFrameId},
    {"sessions", FrameField::kSessions},
    {"traces", FrameField::kTraces},
    {"transactions", FrameField::kTransactions},
    {"stackTraces", FrameField::kStackTraces},
    {"stack_traces", FrameField::kStackTraces},
    {"exceptions", FrameField::kExceptions},
    {"metrics", FrameField::kMetrics},
    {"sessionRecordings", FrameField::kSessionRecordings},
    {"session_recordings", FrameField::kSessionRecordings},
});

enum class RunField : std::uint8_t {
  kId,
  kEndpoint,
  kDuration,
  kDurationMs,
  kRecordedAt,
  kStatusCode,
  kBodySize,
  kClientIp,
  kAttributes,
  kSpans,
  kSegments,
  kIsTask,
  kDistributedTraceId,
  kCount
};

inline constexpr auto kRunNames = std::to_array<MemberName<RunField>>({
    {"id", RunField::kId},
    {"trace_id", RunField::kId},
    {"endpoint", RunField::kEndpoint},
    {"duration", RunField::kDuration},
    {"duration_ms", RunField::kDurationMs},
    {"recordedAt", RunField::kRecordedAt},
    {"recorded_at", RunField::kRecordedAt},
    {"timestamp", RunField::kRecordedAt},
    {"statusCode", RunField::kStatusCode},
    {"status_code", RunField::kStatusCode},
    {"bodySize", RunField::kBodySize},
    {"body_size", RunField::kBodySize},
    {"clientIP", RunField::kClientIp},
    {"client_ip", RunField::kClientIp},
    {"attributes", RunField::kAttributes},
    {"scope", RunField::kAttributes},
    {"tags", RunField::kAttributes},
    {"spans", RunField::kSpans},
    {"segments", RunField::kSegments},
    {"isTask", RunField::kIsTask},
    {"is_task", RunField::kIsTask},
    {"distributedTraceId", RunField::kDistributedTraceId},
    {"distributed_trace_id", RunField::kDistributedTraceId},
});

enum class SpanField : std::uint8_t {
  kId,
  kName,
  kStartTime,
  kDuration,
  kDurationMs,
  kParentSpanId,
  kAttributes,
  kCount
};

inline constexpr auto kSpanNames = std::to_array<MemberName<SpanField>>({
    {"id", SpanField::kId},
    {"span_id", SpanField::kId},
    {"name", SpanField::kName},
    {"startTime", SpanField::kStartTime},
    {"start_time", SpanField::kStartTime},
    {"timestamp", SpanField::kStartTime},
    {"duration", SpanField::kDuration},
    {"duration_ms", SpanField::kDurationMs},
    {"parentSpanId", SpanField::kParentSpanId},
    {"parent_span_id", SpanField::kParentSpanId},
    {"attributes", SpanField::kAttributes},
    {"scope", SpanField::kAttributes},
    {"tags", SpanField::kAttributes},
});

enum class ExceptionField : std::uint8_t {
  kTraceId,
  kIsTask,
  kText,
  kType,
  kMessage,
  kStack,
  kRecordedAt,
  kAttributes,
  kIsMessage,
  kSessionId,
  kDistributedTraceId,
  kCount
};

inline constexpr auto kExceptionNames = std::to_array<MemberName<ExceptionField>>({
    {"traceId", ExceptionField::kTraceId},
    {"transactionId", ExceptionField::kTraceId},
    {"trace_id", ExceptionField::kTraceId},
    {"transaction_id", ExceptionField::kTraceId},
    {"isTask", ExceptionField::kIsTask},
    {"is_task", ExceptionField::kIsTask},
    {"stackTrace", ExceptionField::kText},
    {"stack_trace", ExceptionField::kText},
    {"type", ExceptionField::kType},
    {"value", ExceptionField::kMessage},
    {"stacktrace", ExceptionField::kStack},
    {"recordedAt", ExceptionField::kRecordedAt},
    {"recorded_at", ExceptionField::kRecordedAt},
    {"timestamp", ExceptionField::kRecordedAt},
    {"attributes", ExceptionField::kAttributes},
    {"scope", ExceptionField::kAttributes},
    {"tags", ExceptionField::kAttributes},
    {"isMessage", ExceptionField::kIsMessage},
    {"is_message", ExceptionField::kIsMessage},
    {"sessionId", ExceptionField::kSessionId},
    {"session_id", ExceptionField::kSessionId},
    {"distributedTraceId", ExceptionField::kDistributedTraceId},
    {"distributed_trace_id", ExceptionField::kDistributedTraceId},
});

enum class MetricField : std::uint8_t { kName, kValue, kRecordedAt, kTags, kCount };

inline constexpr auto kMetricNames = std::to_array<MemberName<MetricField>>({
    {"name", MetricField::kName},
    {"value", MetricField::kValue},
    {"recordedAt", MetricField::kRecordedAt},
    {"recorded_at", MetricField::kRecordedAt},
    {"timestamp", MetricField::kRecordedAt},
    {"tags", MetricField::kTags},
});

enum class RecordingField : std::uint8_t { kSegmentIndex, kCount };

inline constexpr auto kRecordingNames = std::to_array<MemberName<RecordingField>>({
    {"segmentIndex", RecordingField::kSegmentIndex},
    {"segment_index", RecordingField::kSegmentIndex},
});

}  // namespace traceway::ingest
