#include "base/json_ranges.h"

#include <doctest/doctest.h>

#include <string>

namespace traceway::json {

TEST_CASE("json ranges: a member is found with its bytes as they stand, the last of its name") {
  const std::string_view text =
      R"( { "a" : [1, {"events":2}] ,"events":  [ {"t":"]}\"" , "n":1.50} , null ],"z":"x\\" } )";
  CHECK(member_text(text, "events") == R"([ {"t":"]}\"" , "n":1.50} , null ])");
  CHECK(member_text(text, "z") == R"("x\\")");
  CHECK(member_text(text, "n").empty());
  CHECK(member_text(R"({"a":1,"b":2,"a":true})", "a") == "true");
  CHECK(member_text("[1]", "a").empty());
  CHECK(member_text("", "a").empty());
}

TEST_CASE("json ranges: items of an array, and no more than asked for") {
  using Items = std::vector<std::string_view>;
  CHECK(items_of(R"( [ 1 , "a,]" ,[2,[3]],{"k":[]} ] )", 9) ==
        Items{"1", R"("a,]")", "[2,[3]]", R"({"k":[]})"});
  CHECK(items_of("[1,2,3]", 2) == Items{"1", "2"});
  CHECK(items_of("[]", 9).empty());
  CHECK(items_of("{}", 9).empty());
  CHECK(items_of("", 9).empty());
}

TEST_CASE("json ranges: depth costs no stack") {
  constexpr std::size_t kDepth = 4'000'000;
  const std::string deep = std::string(kDepth, '[') + std::string(kDepth, ']');
  CHECK(member_text(R"({"events":)" + deep + R"(,"a":1})", "a") == "1");
  CHECK(end_of_value(deep, 0) == deep.size());
}

TEST_CASE("json ranges: a text that breaks off anywhere is harmless") {
  const std::string whole = R"({"a":[{"b":"c\"d"},-1e5,true],"e\u0041":{"f":null}})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    CHECK(member_text(cut, "a").size() <= size);
    CHECK(items_of(member_text(cut, "a"), 10).size() <= 3);
  }
}

}  // namespace traceway::json
