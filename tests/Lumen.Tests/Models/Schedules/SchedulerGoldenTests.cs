using Lumen.Testing.Parity;
using Xunit;

namespace Lumen.Tests.Models.Schedules;

/// <summary>Timesteps, every step, added noise and velocities of diffusers 0.27.2.</summary>
public sealed class SchedulerGoldenTests
{
    [Theory]
    [InlineData("ddim_eps_leading10")]
    [InlineData("ddim_eps_leading10_eta0.7")]
    [InlineData("ddim_eps_leading50")]
    [InlineData("ddim_eps_linspace9")]
    [InlineData("ddim_v_leading10")]
    [InlineData("ddim_v_trailing8_eta0.7")]
    [InlineData("ddim_v_trailing8_zsnr")]
    [InlineData("pndm_eps_leading10")]
    [InlineData("pndm_eps_trailing9")]
    [InlineData("pndm_prk_eps_leading8")]
    [InlineData("pndm_v_leading8")]
    public void Samplers_walk_as_upstream(string name) => ParityAssert.Passes($"schedulers/{name}");
}
