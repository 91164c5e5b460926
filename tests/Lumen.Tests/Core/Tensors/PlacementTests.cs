using Lumen.Core.Native;
using Lumen.Core.Tensors;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Tensors;

public sealed class PlacementTests
{
    [Fact]
    public void Without_words_it_is_the_processor_in_its_faster_type()
    {
        var faster = Processor.HasBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        Assert.Equal((DeviceType.CPU, faster), (Placement.Parse().Device.type, Placement.Parse().Compute));
        Assert.Equal(Placement.Fastest.Compute, Placement.Parse("cpu", "auto").Compute);
    }

    [Theory]
    [InlineData("float32", ScalarType.Float32)]
    [InlineData("bfloat16", ScalarType.BFloat16)]
    public void A_type_is_taken_by_its_name(string word, ScalarType type) => Assert.Equal(type, Placement.Parse("cpu", word).Compute);

    [Fact]
    public void A_type_that_is_not_known_is_refused_with_those_that_are()
    {
        var error = Assert.Throws<LumenException>(() => Placement.Parse("cpu", "float16"));
        Assert.Equal("`Dtype` must be auto, float32 or bfloat16 but is \"float16\".", error.Message);
    }

    [Theory]
    [InlineData("cpu", DeviceType.CPU, -1)]
    [InlineData("cuda", DeviceType.CUDA, 0)]
    [InlineData("cuda:1", DeviceType.CUDA, 1)]
    [InlineData("mps", DeviceType.MPS, -1)]
    [InlineData("auto", DeviceType.CUDA, 0)]
    public void A_device_that_is_there_is_found_by_its_name(string name, DeviceType type, int index)
    {
        var device = new DeviceCatalog(2, HasMps: true, HasCudaLibrary: true).Find(name);
        Assert.Equal((type, index), (device.type, device.index));
    }

    [Fact]
    public void Auto_takes_the_first_of_cuda_mps_and_cpu_that_is_there()
    {
        Assert.Equal(DeviceType.MPS, new DeviceCatalog(0, HasMps: true, HasCudaLibrary: false).Find("auto").type);
        Assert.Equal(DeviceType.CPU, new DeviceCatalog(0, HasMps: false, HasCudaLibrary: false).Find("auto").type);
    }

    [Theory]
    [InlineData("cuda:2", "There is no device cuda:2. Devices here: cpu, cuda:0, cuda:1.")]
    [InlineData("mps", "There is no device mps: only Macs with Apple processors have it. Devices here: cpu, cuda:0, cuda:1.")]
    [InlineData("gpu", "`Device` must be auto, cpu, cuda, cuda:N or mps but is \"gpu\". Devices here: cpu, cuda:0, cuda:1.")]
    [InlineData("cuda:-1", "`Device` must be auto, cpu, cuda, cuda:N or mps but is \"cuda:-1\". Devices here: cpu, cuda:0, cuda:1.")]
    public void A_device_that_is_not_there_is_refused_with_those_that_are(string name, string message)
    {
        var catalog = new DeviceCatalog(2, HasMps: false, HasCudaLibrary: true);
        Assert.Equal(message, Assert.Throws<LumenException>(() => catalog.Find(name)).Message);
    }

    [Fact]
    public void Cuda_without_its_package_is_a_sentence_with_the_package_and_with_it_one_about_the_driver()
    {
        if (NativePackages.Here.CudaPackage is not { } package)
            return; // a platform without CUDA
        Assert.Contains(package, Refused(hasLibrary: false), StringComparison.Ordinal);
        Assert.Contains("driver", Refused(hasLibrary: true), StringComparison.Ordinal);
        Assert.Contains("cuda:9", Refused(hasLibrary: false), StringComparison.Ordinal);

        static string Refused(bool hasLibrary) =>
            Assert.Throws<LumenException>(() => new DeviceCatalog(0, HasMps: false, hasLibrary).Find("cuda:9")).Message;
    }

    [Fact]
    public void What_is_here_can_be_found()
    {
        var catalog = DeviceCatalog.Here();
        Assert.Equal("cpu", catalog.Names[0]);
        Assert.All(catalog.Names, name => catalog.Find(name));
    }
}
