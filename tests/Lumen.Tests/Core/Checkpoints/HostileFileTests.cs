using System.Text;
using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Xunit;
using static Lumen.Tests.Core.Checkpoints.HostileFile;

namespace Lumen.Tests.Core.Checkpoints;

public sealed class HostileFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Place => _folder.File("hostile.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_header_longer_than_the_file_is_refused() =>
        AssertRefused(Place, Bytes("{}", claimedHeader: 5_000_000_000), "claims 5000000000 bytes", "2 follow");

    [Fact]
    public void The_largest_claim_is_refused() => AssertRefused(Place, Bytes("{}", claimedHeader: ulong.MaxValue), "18446744073709551615");

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_file_too_short_for_the_length_is_refused(int length) => AssertRefused(Place, new byte[length], $"it has {length} bytes");

    [Theory]
    [InlineData("", "starts with '{'")]
    [InlineData("[]", "starts with '{'")]
    [InlineData(" {}", "starts with '{'")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{\"a\":}", "not valid JSON")]
    [InlineData("{}{}", "not valid JSON")]
    [InlineData("{} x", "not valid JSON")]
    [InlineData("{\"a\":[1,2]}", "\"a\" must be described by an object but is a list")]
    [InlineData("{\"a\":{}}", "\"a\" must have dtype, shape and data_offsets")]
    [InlineData("{\"\\ud800\":{}}", "not valid JSON")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", "\"a\" must be a string but is a number")]
    [InlineData("{\"__metadata__\":[]}", "__metadata__ must be an object of strings but is a list")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", "lists __metadata__ twice")]
    [InlineData("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", "\"a\" is listed twice")]
    public void A_header_of_another_form_is_refused(string header, string fragment) => AssertRefused(Place, Bytes(header), fragment);

    [Theory]
    [InlineData("\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]", "\"a\" gives dtype twice")]
    [InlineData("\"dtype\":\"F32\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,4]", "\"a\" gives shape twice")]
    [InlineData("\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]", "must be a string but is a number")]
    [InlineData("\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[0,4]", "\"F4\", which is not supported; expected one of BOOL, U8")]
    [InlineData("\"dtype\":\"f32\",\"shape\":[1],\"data_offsets\":[0,4]", "\"f32\", which is not supported")]
    [InlineData("\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]", "shape of tensor \"a\" must hold whole numbers")]
    [InlineData("\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]", "must hold whole numbers")]
    [InlineData("\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]", "must hold whole numbers")]
    [InlineData("\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]", "must hold whole numbers")]
    [InlineData("\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,4]", "must be a list of numbers but is a number")]
    [InlineData("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]", "missing or incomplete")]
    [InlineData("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]", "has more than 2 numbers")]
    [InlineData(
        "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]",
        "of shape [2] and dtype F32 needs 8 bytes, but its data_offsets span 4"
    )]
    [InlineData("\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,4]", "needs 2 bytes, but its data_offsets span 4")]
    [InlineData("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]", "claims bytes 4 to 0")]
    [InlineData("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]", "claims bytes 0 to 8, but the file holds bytes 0 to 4")]
    [InlineData("\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,4]", "more than any memory holds")]
    [InlineData("\"dtype\":\"U8\",\"shape\":[4294967296,4294967296,4294967296],\"data_offsets\":[0,0]", "more than any memory holds")]
    [InlineData(
        "\"dtype\":\"U8\",\"shape\":[0,9223372036854775807,9223372036854775807],\"data_offsets\":[0,0]",
        "more than any memory holds"
    )]
    [InlineData(
        "\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]",
        "has more than 32 numbers"
    )]
    public void A_tensor_that_cannot_be_is_refused(string fields, string fragment) =>
        AssertRefused(Place, Bytes($"{{\"a\":{{{fields}}}}}", dataBytes: 4), fragment);

    [Fact]
    public void Overlapping_tensors_are_refused() =>
        AssertRefused(
            Place,
            Bytes($"{{{Entry("a", "U8", "[4]", 0, 4)},{Entry("b", "U8", "[4]", 2, 6)}}}", 6),
            "\"b\" overlaps \"a\"",
            "starts at byte 2, expected 4"
        );

    [Fact]
    public void A_gap_between_tensors_is_refused() =>
        AssertRefused(
            Place,
            Bytes($"{{{Entry("a", "U8", "[4]", 0, 4)},{Entry("b", "U8", "[4]", 6, 10)}}}", 10),
            "\"b\" leaves a gap",
            "starts at byte 6, expected 4"
        );

    [Fact]
    public void Bytes_after_the_last_tensor_are_refused() =>
        AssertRefused(Place, Bytes($"{{{Entry("a", "U8", "[4]", 0, 4)}}}", 9), "holds 5 bytes after its last tensor");

    [Fact]
    public void A_name_that_occurs_twice_is_refused() =>
        AssertRefused(Place, Bytes($"{{{Entry("a", "U8", "[4]", 0, 4)},{Entry("a", "U8", "[4]", 4, 8)}}}", 8), "\"a\" is listed twice");

    [Fact]
    public void Text_that_is_not_UTF8_is_refused()
    {
        var content = Bytes($"{{{Entry("a", "U8", "[4]", 0, 4)}}}", 4);
        content[10] = 0xFF;
        AssertRefused(Place, content, "not UTF-8");
    }

    [Fact]
    public void Deeply_nested_JSON_is_refused() =>
        AssertRefused(Place, Bytes($"{{\"a\":{{\"x\":{new string('[', 100_000)}"), "not valid JSON");

    [Fact]
    public void A_long_or_strange_name_does_not_flood_the_message()
    {
        File.WriteAllBytes(Place, Bytes($"{{{Entry("\\u001b[31m" + new string('x', 100_000), "U9", "[4]", 0, 4)}}}", 4));
        var message = Refusal(Place);
        Assert.NotNull(message);
        Assert.True(message.Length < 500, message);
        Assert.DoesNotContain('\u001b', message);
    }

    [Theory]
    [InlineData("weights.bin")]
    [InlineData("weights.ckpt")]
    [InlineData("weights.pt")]
    [InlineData("WEIGHTS.PTH")]
    public void A_pickle_is_refused_by_its_name(string name)
    {
        File.WriteAllBytes(_folder.File(name), [1]);
        var error = Assert.Throws<LumenException>(() => Checkpoint.Open(_folder.File(name)));
        Assert.Contains($"{name} is a pickle", error.Message, StringComparison.Ordinal);
        Assert.Contains("convert it to safetensors", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PK\u0003\u0004\u0014\u0000\u0000\u0000\u0008\u0008")]
    [InlineData("\u0080\u0002}q\u0000(X\u0004\u0000\u0000\u0000")]
    [InlineData("\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.")]
    public void A_pickle_under_another_name_is_refused_by_its_content(string content) =>
        AssertRefused(Place, Encoding.Latin1.GetBytes(content), "is a pickle");

    [Fact]
    public void An_absent_file_and_a_folder_are_refused()
    {
        Assert.Contains(
            "cannot be read",
            Assert.Throws<LumenException>(() => SafetensorsFile.Open(_folder.File("none.safetensors"))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "cannot be read",
            Assert.Throws<LumenException>(() => SafetensorsFile.Open(_folder.Path)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_file_cut_short_while_it_is_open_gives_a_sentence()
    {
        File.WriteAllBytes(Place, Bytes($"{{{Entry("a", "U8", "[4000]", 0, 4000)}}}", 4000));
        using var file = SafetensorsFile.Open(Place);
        File.WriteAllBytes(Place, Bytes("{}"));
        Assert.Contains("has become shorter", Assert.Throws<LumenException>(() => file.Read("a")).Message, StringComparison.Ordinal);
    }
}
