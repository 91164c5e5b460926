using Lumen.Conditions;
using Lumen.Imaging;
using Lumen.Onnx;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Conditions;

public sealed class OnnxEstimatorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void A_network_of_any_size_works_at_the_side_asked_for_and_its_map_has_the_pictures_size()
    {
        using var estimator = OnnxEstimator.Open(Write(OnnxFile.MeanOfChannels()), EstimatorInput.Unit, 32);
        Assert.Equal((32, 32), (estimator.Width, estimator.Height));
        var map = estimator.Estimate(Picture.Filled(20, 10, 30, 60, 90));
        Assert.Equal((1, 20, 10), (map.Channels, map.Width, map.Height));
        Assert.All(map.Values, value => Assert.Equal(60 / 255f, value, 1e-5f));
    }

    [Theory]
    [InlineData(EstimatorInput.Unit, 1)]
    [InlineData(EstimatorInput.Signed, 1)]
    [InlineData(EstimatorInput.Bytes, 255)]
    [InlineData(EstimatorInput.ImageNet, 2.4392)] // mean of (1 - mean) / deviation
    public void White_arrives_in_the_range_the_network_takes(EstimatorInput range, double white)
    {
        using var estimator = OnnxEstimator.Open(Write(OnnxFile.MeanOfChannels(16)), range);
        Assert.Equal(white, estimator.Estimate(Picture.Filled(16, 16, 255, 255, 255)).Values[0], 1e-3);
    }

    [Fact]
    public void A_fixed_size_is_kept_and_a_map_without_channels_is_read()
    {
        using var fixedSize = OnnxEstimator.Open(Write(OnnxFile.MeanOfChannels(24)), EstimatorInput.Unit, 64);
        Assert.Equal((24, 24), (fixedSize.Width, fixedSize.Height));
        using var flat = OnnxEstimator.Open(Write(OnnxFile.MeanWithoutAxis()), EstimatorInput.Unit, 16);
        Assert.Equal(1, flat.Estimate(Picture.Filled(16, 16, 9, 9, 9)).Channels);
    }

    [Fact]
    public void Depth_normals_and_soft_edges_come_from_estimators()
    {
        using var one = OnnxEstimator.Open(Write(OnnxFile.MeanOfChannels()), EstimatorInput.Unit, 16);
        using var three = OnnxEstimator.Open(Write(OnnxFile.Same()), EstimatorInput.Signed, 16);
        var ramp = new AnnotatedPicture(
            new Picture(16, 16, [.. Enumerable.Range(0, 256).SelectMany(i => Enumerable.Repeat((byte)(i % 16 * 16), 3))])
        );
        var depth = new DepthCondition(one).Read(ramp);
        Assert.Equal((0, 255), (depth.Values[0], depth.Values[15])); // stretched
        Assert.Equal(120, new SoftEdgeCondition(one).Read(new AnnotatedPicture(Picture.Filled(16, 16, 120, 120, 120))).Values[0]);
        var normals = new NormalCondition(three).Read(new AnnotatedPicture(Picture.Filled(16, 16, 128, 128, 255)));
        Assert.Equal([128, 128, 255], normals.Values[..3]);
        var relief = new NormalCondition(one).Read(ramp);
        Assert.True(relief.Values[3 * 130] < 127); // nearer to the right: faces left
        Assert.Contains(
            "1 channel for depth but gives 3",
            Assert.Throws<LumenException>(() => new DepthCondition(three).Read(ramp)).Message
        );
        using var bytes = OnnxEstimator.Open(Write(OnnxFile.MeanOfChannels()), EstimatorInput.Bytes, 16);
        Assert.Contains("must be probabilities", Assert.Throws<LumenException>(() => new SoftEdgeCondition(bytes).Read(ramp)).Message);
    }

    [Fact]
    public void Files_that_are_absent_or_something_else_are_named()
    {
        Assert.Contains(
            "There is no estimator at nowhere.onnx",
            Assert.Throws<LumenException>(() => OnnxEstimator.Open("nowhere.onnx")).Message
        );
        Assert.Contains(
            "cannot be opened as an ONNX model",
            Assert.Throws<LumenException>(() => OnnxEstimator.Open(Write("no model at all"u8.ToArray()))).Message
        );
        Assert.Contains(
            "takes Single [1, 1, -1, -1]",
            Assert.Throws<LumenException>(() => OnnxEstimator.Open(Write(OnnxFile.OneChannel()))).Message
        );
        Assert.Contains(
            "`EstimatorSize` must be 16 to 4096 but is 8",
            Assert.Throws<LumenException>(() => OnnxEstimator.Open(Write(OnnxFile.Same()), side: 8)).Message
        );
        using var scalar = OnnxEstimator.Open(Write(OnnxFile.Scalar()), side: 16);
        Assert.Contains("gives [1]", Assert.Throws<LumenException>(() => scalar.Estimate(Picture.Filled(16, 16, 1, 2, 3))).Message);
    }

    public void Dispose() => _folder.Dispose();

    private string Write(byte[] bytes)
    {
        var path = _folder.File($"{Guid.NewGuid():N}.onnx");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
