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
    [InlineData("ddpm_eps_leading10")]
    [InlineData("ddpm_eps_linspace7_clip")]
    [InlineData("ddpm_sample_leading6")]
    [InlineData("ddpm_v_trailing10_zsnr")]
    [InlineData("ddpm_v_trailing8_large")]
    [InlineData("dpm_2m_eps_leading10")]
    [InlineData("dpm_2m_eps_leading10_begin3")]
    [InlineData("dpm_2m_eps_linspace20")]
    [InlineData("dpm_2m_heun_eps_linspace10")]
    [InlineData("dpm_2m_karras_eps_leading10")]
    [InlineData("dpm_2m_sde_karras_leading10")]
    [InlineData("dpm_2m_v_trailing8")]
    [InlineData("dpm_3m_eps_linspace20")]
    [InlineData("dpm_dpmsolver_eps_leading10_sigma_min")]
    [InlineData("euler_a_eps_leading10")]
    [InlineData("euler_a_eps_trailing6")]
    [InlineData("euler_a_v_linspace8")]
    [InlineData("euler_eps_leading10")]
    [InlineData("euler_eps_leading10_begin4")]
    [InlineData("euler_eps_leading10_karras")]
    [InlineData("euler_eps_linspace10")]
    [InlineData("euler_v_trailing8")]
    [InlineData("euler_v_trailing8_zsnr")]
    [InlineData("lcm_eps_4")]
    [InlineData("lcm_v_8")]
    [InlineData("pndm_eps_leading10")]
    [InlineData("pndm_eps_trailing9")]
    [InlineData("pndm_prk_eps_leading8")]
    [InlineData("pndm_v_leading8")]
    [InlineData("unipc_bh1_eps_linspace10")]
    [InlineData("unipc_bh2_eps_leading10")]
    [InlineData("unipc_bh2_o3_eps_linspace12_karras")]
    [InlineData("unipc_bh2_v_trailing8")]
    public void Samplers_walk_as_upstream(string name) => ParityAssert.Passes($"schedulers/{name}");
}
