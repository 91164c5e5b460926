using Lumen.Core.Native;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Core.Native;

public sealed class NativeLibrariesTests
{
    [Fact]
    public void Libtorch_loads_and_computes() => Assert.Equal(3, TorchSharp.torch.ones(3).sum().item<float>());

    [Fact]
    public void The_libraries_beside_the_tests_are_found() => NativeLibraries.Require();

    [Theory]
    [InlineData("libtorch.so", "libLibTorchSharp.so")]
    [InlineData("libLibTorchSharp.so", "libtorch.so")]
    public void A_missing_native_package_is_a_sentence_that_says_what_to_install(string present, string absent)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File(present), "");
        var error = Assert.Throws<LumenException>(() => NativeLibraries.Locate([folder.Path]));
        Assert.StartsWith($"The native library {absent} is not beside the program.", error.Message, StringComparison.Ordinal);
        Assert.Contains("NuGet package libtorch-cpu-linux-x64", error.Message, StringComparison.Ordinal);
    }
}
