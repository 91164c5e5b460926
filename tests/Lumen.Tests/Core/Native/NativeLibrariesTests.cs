using Lumen.Core.Native;
using Lumen.Testing;
using Xunit;
using Processors = System.Runtime.InteropServices.Architecture;

namespace Lumen.Tests.Core.Native;

public sealed class NativeLibrariesTests
{
    private static readonly (string System, Processors Processor)[] Platforms =
    [
        ("linux", Processors.X64),
        ("win", Processors.X64),
        ("win", Processors.Arm64),
        ("osx", Processors.Arm64),
    ];

    [Fact]
    public void Libtorch_loads_and_computes() => Assert.Equal(3, TorchSharp.torch.ones(3).sum().item<float>());

    [Fact]
    public void The_libraries_beside_the_tests_are_found() => NativeLibraries.Require();

    [Fact]
    public void The_versions_in_messages_are_those_that_are_referenced()
    {
        Assert.Equal($"{NativePackages.LibTorchVersion}.0", TorchSharp.torch.__version__);
        var pins = File.ReadAllText(Path.Combine(Golden.Repository, "Directory.Packages.props"));
        foreach (var (package, version) in Packages())
            Assert.Contains($"<PackageVersion Include=\"{package}\" Version=\"{version}\" />", pins, StringComparison.Ordinal);

        static IEnumerable<(string Package, string Version)> Packages()
        {
            yield return ("TorchSharp", NativePackages.TorchSharpVersion);
            foreach (var (system, processor) in Platforms)
            {
                var packages = NativePackages.Of(system, processor);
                foreach (var named in new[] { packages.Cpu, packages.CudaPackage })
                {
                    if (named?.Split(' ') is [var package, var version])
                        yield return (package, version);
                }
            }
        }
    }

    [Fact]
    public void A_platform_without_native_libraries_is_named()
    {
        var arm = NativePackages.Of("linux", Processors.Arm64);
        var error = Assert.Throws<LumenException>(() => NativeLibraries.Locate(arm, []));
        Assert.Contains("are linux-x64, win-x64, win-arm64 and osx-arm64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Libraries_of_different_versions_are_one_sentence_with_the_package_to_reference()
    {
        var error = NativeLibraries.Misfit("undefined symbol:\n _ZN5torch", null);
        Assert.Contains($"reference exactly {NativePackages.Here.Cpu}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("The system says: undefined symbol:  _ZN5torch", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("libtorch.so", "libLibTorchSharp.so")]
    [InlineData("libLibTorchSharp.so", "libtorch.so")]
    public void A_missing_native_package_is_a_sentence_that_says_what_to_install(string present, string absent)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File(present), "");
        var error = Assert.Throws<LumenException>(() => NativeLibraries.Locate(NativePackages.Of("linux", Processors.X64), [folder.Path]));
        Assert.StartsWith($"The native library {absent} is not beside the program.", error.Message, StringComparison.Ordinal);
        Assert.Contains("NuGet package libtorch-cpu-linux-x64", error.Message, StringComparison.Ordinal);
    }
}
