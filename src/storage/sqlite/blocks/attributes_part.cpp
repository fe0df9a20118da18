#include "storage/sqlite/blocks/attributes_part.h"

namespace traceway::sqlite::blocks {

void AttributesEncoder::write(std::span<const Span> spans, std::span<const Attribute> attributes,
                              std::string& out) {
  maps_.clear();
  client_ips_.clear();
  client_ip_table_.clear();
  for (const Span& span : spans) {
    maps_.add(attributes.subspan(span.attributes.first, span.attributes.count));
    if (span.entity != EntityKind::kNone) client_ips_.add(span.client_ip, client_ip_table_);
  }
  maps_.write_columns(out);
  put_packed(out, client_ips_.ids());
  client_ip_table_.write(out);
  maps_.write_values(out);
}

bool ChunkAttributes::read(std::string_view raw, std::uint32_t rows, std::uint32_t entities) {
  Reader from(raw);
  if (!maps_.read_columns(from, rows)) return false;
  client_ips_ = PackedColumn(from, entities);
  return from.ok() && client_ip_table_.read(from) && maps_.read_values(from);
}

std::string_view ChunkAttributes::client_ip(std::uint32_t entity) const {
  return entity < client_ips_.count() ? client_ip_table_.text(client_ips_[entity])
                                      : std::string_view();
}

}  // namespace traceway::sqlite::blocks
