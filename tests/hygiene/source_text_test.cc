#include "tests/hygiene/source_text.h"

#include <gtest/gtest.h>

namespace roomkeeper::testing {
namespace {

TEST(CodeOf, BlanksCommentsAndLiteralsAndKeepsLines) {
  EXPECT_EQ(code_of("a; // b\nc;"), "a;     \nc;");
  EXPECT_EQ(code_of("a /* { \n { */ b"), "a      \n      b");
  EXPECT_EQ(code_of(R"(f("{ \" }", '{');)"), R"(f("      ", ' ');)");
  EXPECT_EQ(code_of("R\"x({)\" }\n)x\"; y"), "         \n   ; y");
}

TEST(CodeOf, KeepsIncludesAndDigitSeparators) {
  EXPECT_EQ(code_of("#include \"a/b.h\"\n"), "#include \"a/b.h\"\n");
  EXPECT_EQ(code_of("int a = 1'000; {"), "int a = 1'000; {");
}

std::string names_and_lines(std::string_view text) {
  std::string out;
  for (const auto& function : functions_of(code_of(text))) {
    out += function.name + "@" + std::to_string(function.first_line) + "+" +
           std::to_string(function.lines) + " ";
  }
  return out;
}

TEST(FunctionsOf, FindsFreeFunctionsMembersAndTests) {
  EXPECT_EQ(
      names_and_lines("int f() {\n return 1;\n}\nvoid g(int a,\n  int b) const noexcept {}\n"),
      "f@1+3 g@5+1 ");
  EXPECT_EQ(names_and_lines(
                "namespace a {\nstruct B : C {\n  int f() const override { return 1; }\n};\n}\n"),
            "f@3+1 ");
  EXPECT_EQ(names_and_lines("TEST(A, B) {\n  if (x) {\n  }\n}\n"), "TEST@1+4 ");
  EXPECT_EQ(names_and_lines("auto B::f(int x) -> std::vector<int> {\n\n}\n"), "B::f@1+3 ");
  EXPECT_EQ(names_and_lines("template <class T>\nclass Box {\n  T get() {\n  }\n};\n"), "get@3+2 ");
}

TEST(FunctionsOf, TellsMemberInitializersFromTheBody) {
  EXPECT_EQ(names_and_lines("A::A(int b) : b_{b}, c_{1} {\n run();\n}\n"), "A::A@1+3 ");
  EXPECT_EQ(names_and_lines("A::A(int b)\n    : Base<int>{b}, c_(1) {\n}\nint g() {\n}\n"),
            "A::A@2+2 g@4+2 ");
}

TEST(FunctionsOf, IgnoresTablesTypesAndControlBlocks) {
  EXPECT_EQ(names_and_lines("constexpr int t[] = {\n 1,\n 2};\nenum class E { a, b };\n"), "");
  EXPECT_EQ(names_and_lines("void f() {\n  for (;;) {\n    while (a) { }\n  }\n}\n"), "f@1+5 ");
}

TEST(Paths, FoldersAndProduct) {
  EXPECT_EQ(folder_of("sidecar/nats/connection.cc"), "sidecar/nats");
  EXPECT_EQ(folder_of("sidecar/log.cc"), "sidecar");
  EXPECT_EQ(folder_of("Makefile"), "");
  EXPECT_TRUE(is_product("cli/main.cc"));
  EXPECT_FALSE(is_product("tests/cli/main_test.cc"));
}

TEST(LineCount, CountsALastLineWithoutNewline) {
  EXPECT_EQ(line_count(""), 0);
  EXPECT_EQ(line_count("a\n"), 1);
  EXPECT_EQ(line_count("a\nb"), 2);
}

}  // namespace
}  // namespace roomkeeper::testing
