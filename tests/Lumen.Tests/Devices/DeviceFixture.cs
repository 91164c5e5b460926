using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Devices;

/// <summary>One tiny model on the processor and on a second device.</summary>
public sealed class DeviceFixture : IDisposable
{
    private readonly TempFolder _folder = new();

    public DeviceFixture()
    {
        Folder = TinyModels.Write(_folder.File("tiny"));
        (Here, There) = (DiffusionModel.Load(Folder, Placement.Reference), DiffusionModel.Load(Folder, SecondDevice.Placement));
        (AdapterHere, AdapterThere) = (Adapter(Here), Adapter(There));

        LayoutAdapter Adapter(DiffusionModel model) => LayoutAdapter.Load(Path.Combine(Folder, "controlnet"), model);
    }

    public string Folder { get; }

    public DiffusionModel Here { get; }

    public DiffusionModel There { get; }

    public LayoutAdapter AdapterHere { get; }

    public LayoutAdapter AdapterThere { get; }

    public string File(string name) => _folder.File(name);

    public static Tensor Scenes(int count) => PictureTensor.ToTensor([.. Enumerable.Range(0, count).Select(TinyModels.Scene)]);

    /// <summary>The tensor is on the second device, and holds the numbers of the other one.</summary>
    public static void Same(Tensor here, Tensor there, double tolerance = 1e-4)
    {
        Assert.Equal(SecondDevice.Placement.Device.type, there.device_type);
        Assert.Equal(TorchSharp.DeviceType.CPU, here.device_type);
        Close(here, there, tolerance);
    }

    public static void Close(Tensor here, Tensor there, double tolerance = 1e-4)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(here.shape, there.shape);
        var difference = (here - there.cpu()).abs().max().to_type(ScalarType.Float64).item<double>();
        Assert.InRange(difference, 0, tolerance);
    }

    /// <summary>The same picture but for rounding.</summary>
    public static void Same(Picture here, Picture there)
    {
        Assert.Equal((here.Width, here.Height), (there.Width, there.Height));
        Assert.Equal(0, here.Rgb.Zip(there.Rgb, (a, b) => Math.Abs(a - b) > 1 ? 1 : 0).Sum());
    }

    public void Dispose()
    {
        AdapterHere.Dispose();
        AdapterThere.Dispose();
        Here.Dispose();
        There.Dispose();
        _folder.Dispose();
    }
}

[CollectionDefinition(SecondDevice.Name)]
public sealed class SecondDeviceTests : ICollectionFixture<DeviceFixture>;
