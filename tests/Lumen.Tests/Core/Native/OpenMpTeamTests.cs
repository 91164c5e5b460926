using Lumen.Core.Native;
using Xunit;

namespace Lumen.Tests.Core.Native;

public sealed class OpenMpTeamTests
{
    [Theory]
    [InlineData("/a/libgomp-98b2.so.1")] // beside libtorch
    [InlineData("/a/libgomp.so.1", "/usr/lib/libgomp-1234.so.1", "/usr/lib/libgomp.so.1")]
    [InlineData("/b/libgomp-98b2.so.1", "/usr/lib/libgomp.so.1")] // none beside it: the one with a hash
    [InlineData("/usr/lib/libgomp.so.1", "/c/libgomp-source/libother.so")]
    [InlineData("/a b/libgomp.so.1", "/c/libgomp-source/libother.so")] // a folder with a space
    [InlineData(null, "/c/libgomp-source/libother.so")]
    public void The_copy_that_libtorch_computes_with_is_taken(string? want, params string[] others)
    {
        var folder = want?.StartsWith("/a b/", StringComparison.Ordinal) == true ? "/a b" : "/a";
        string?[] paths = [.. others, $"{folder}/libtorch_cpu.so", want];
        var lines = paths
            .OfType<string>()
            .Select(path => $"7f00-7f01 r-xp 00000000 08:01 4711       {path}")
            .Prepend("7ffd-7ffe rw-p 0 00:00 0");
        Assert.Equal(want, OpenMpTeam.Choose([.. lines, "7f02-7f03 r--p 0 00:00 0    [vdso]"]));
    }

    [Fact]
    public void A_negative_number_of_parts_is_refused_before_a_thread_is_asked() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => OpenMpTeam.Run(-1, _ => { }));
}
